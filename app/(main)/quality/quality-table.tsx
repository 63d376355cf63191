'use client'

import { useState } from 'react'
import type { SortDescriptor } from 'react-aria-components'
import { formatNumber } from '../../ui/quantity.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { ShareMark } from './share-mark.tsx'
import { type SortKey, sortRows } from './sort-rows.ts'
import type { AnnotatorRow } from './types.ts'

const middle = 'hidden sm:table-cell'
const wide = 'hidden lg:table-cell'

/** Who ranks how much, how fast, and how evenly. */
export function QualityTable({ rows }: { rows: AnnotatorRow[] }) {
  const [sort, setSort] = useState<SortDescriptor>({ column: 'rankings', direction: 'descending' })
  const sorted = sortRows(rows, sort.column as SortKey, sort.direction === 'descending')
  return (
    <Table aria-label="Annotators" sortDescriptor={sort} onSortChange={setSort}>
      <TableHeader>
        <Column id="name" isRowHeader allowsSorting>
          Annotator
        </Column>
        <Column id="rankings" align="end" allowsSorting>
          Rankings
        </Column>
        <Column id="skipped" align="end" allowsSorting className={wide}>
          Skipped
        </Column>
        <Column id="medianSeconds" align="end" allowsSorting className={middle}>
          Median time
        </Column>
        <Column id="firstShown" align="end" allowsSorting className={wide}>
          First shown wins
        </Column>
        <Column id="agreement" align="end" allowsSorting>
          Agreement
        </Column>
      </TableHeader>
      <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No annotator matches.</p>}>
        {sorted.map((row) => (
          <Row key={row.id} id={row.id} textValue={row.name}>
            <Cell className="w-full max-w-0 truncate">{row.name}</Cell>
            <Cell align="end">{formatNumber(row.rankings)}</Cell>
            <Cell align="end" className={wide}>
              {formatNumber(row.skipped)}
            </Cell>
            <Cell align="end" className={`${middle} whitespace-nowrap`}>
              {formatNumber(row.medianSeconds)} <span className="text-ink-3">s</span>
            </Cell>
            <Cell align="end" className={wide}>
              <ShareMark share={row.firstShown} chance={row.expectedFirstShown} />
            </Cell>
            <Cell align="end">
              <ShareMark share={row.agreement} chance={0.5} />
            </Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
