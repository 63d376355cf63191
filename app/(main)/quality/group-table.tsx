'use client'

import { useState } from 'react'
import type { SortDescriptor } from 'react-aria-components'
import { formatNumber } from '../../ui/quantity.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { EstimateWords, ShareWords } from './interval-words.tsx'
import { figureOf, sortRows } from './sort-rows.ts'
import type { GroupRow } from './types.ts'

const middle = 'hidden sm:table-cell'
const wide = 'hidden lg:table-cell'

/** The same figures for each batch, or each tag. */
export function GroupTable({ title, of, rows }: { title: string; of: string; rows: GroupRow[] }) {
  const [sort, setSort] = useState<SortDescriptor>({ column: 'rankings', direction: 'descending' })
  const sorted = sortRows(rows, (row) => figureOf(row, String(sort.column)), sort.direction === 'descending')
  return (
    <Table aria-label={title} sortDescriptor={sort} onSortChange={setSort}>
      <TableHeader>
        <Column id="name" isRowHeader allowsSorting>
          {of}
        </Column>
        <Column id="rankings" align="end" allowsSorting>
          Rankings
        </Column>
        <Column id="comparisons" align="end" allowsSorting className={wide}>
          Ranked by two
        </Column>
        <Column id="medianSeconds" align="end" allowsSorting className={wide}>
          Median time
        </Column>
        <Column id="firstShown" align="end" allowsSorting className={wide}>
          First shown wins
        </Column>
        <Column id="agreement" align="end" allowsSorting className={middle}>
          Ordered alike
        </Column>
        <Column id="alpha" align="end" allowsSorting>
          α
        </Column>
      </TableHeader>
      <TableBody>
        {sorted.map((row) => (
          <Row key={row.id} id={row.id} textValue={row.name}>
            <Cell className="w-full max-w-0 min-w-24 truncate">{row.name}</Cell>
            <Cell align="end">{formatNumber(row.rankings)}</Cell>
            <Cell align="end" className={wide}>
              {formatNumber(row.comparisons)}
            </Cell>
            <Cell align="end" className={`${wide} whitespace-nowrap`}>
              {formatNumber(row.medianSeconds)} <span className="text-ink-3">s</span>
            </Cell>
            <Cell align="end" className={wide}>
              <ShareWords share={row.firstShown} />
            </Cell>
            <Cell align="end" className={middle}>
              <ShareWords share={row.agreement} />
            </Cell>
            <Cell align="end">
              <EstimateWords found={row.alpha} />
            </Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
