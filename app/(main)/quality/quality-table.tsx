'use client'

import { useState } from 'react'
import type { SortDescriptor } from 'react-aria-components'
import { formatNumber } from '../../ui/quantity.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { EstimateWords, ShareWords } from './interval-words.tsx'
import { figureOf, sortRows } from './sort-rows.ts'
import type { AnnotatorRow } from './types.ts'

const middle = 'hidden sm:table-cell'
const wide = 'hidden lg:table-cell'
const widest = 'hidden 2xl:table-cell'

/** Who ranks how much, how fast, how evenly, and how much their votes can be relied on. */
export function QualityTable({ rows }: { rows: AnnotatorRow[] }) {
  const [sort, setSort] = useState<SortDescriptor>({ column: 'rankings', direction: 'descending' })
  const sorted = sortRows(rows, (row) => figureOf(row, String(sort.column)), sort.direction === 'descending')
  return (
    <Table aria-label="Annotators" sortDescriptor={sort} onSortChange={setSort}>
      <TableHeader>
        <Column id="name" isRowHeader allowsSorting>
          Annotator
        </Column>
        <Column id="rankings" align="end" allowsSorting>
          Rankings
        </Column>
        <Column id="skipped" align="end" allowsSorting className={widest}>
          Skipped
        </Column>
        <Column id="medianSeconds" align="end" allowsSorting className={middle}>
          Median time
        </Column>
        <Column id="unusualTimes" align="end" allowsSorting className={widest}>
          Unusual times
        </Column>
        <Column id="firstShown" align="end" allowsSorting className={widest}>
          First shown wins
        </Column>
        <Column id="agreement" align="end" allowsSorting className={wide}>
          Ordered alike
        </Column>
        <Column id="alpha" align="end" allowsSorting className={middle}>
          α with others
        </Column>
        <Column id="reliability" align="end" allowsSorting className={wide}>
          Reliability
        </Column>
        <Column id="weight" align="end" allowsSorting>
          Weight
        </Column>
      </TableHeader>
      <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No annotator matches.</p>}>
        {sorted.map((row) => (
          <Row key={row.id} id={row.id} textValue={row.name}>
            <Cell className="w-full max-w-0 min-w-24 truncate">{row.name}</Cell>
            <Cell align="end">{formatNumber(row.rankings)}</Cell>
            <Cell align="end" className={widest}>
              {formatNumber(row.skipped)}
            </Cell>
            <Cell align="end" className={`${middle} whitespace-nowrap`}>
              {formatNumber(row.medianSeconds)} <span className="text-ink-3">s</span>
            </Cell>
            <Cell align="end" className={`${widest} whitespace-nowrap`}>
              {formatNumber(row.unusualTimes.fast + row.unusualTimes.slow)}
            </Cell>
            <Cell align="end" className={widest}>
              <ShareWords share={row.firstShown} />
            </Cell>
            <Cell align="end" className={wide}>
              <ShareWords share={row.agreement} />
            </Cell>
            <Cell align="end" className={middle}>
              <EstimateWords found={row.alpha} />
            </Cell>
            <Cell align="end" className={wide}>
              <ShareWords
                share={
                  row.reliability && {
                    ...row.reliability,
                    rate: row.reliability.value,
                    n: row.reliability.votes,
                  }
                }
              />
            </Cell>
            <Cell align="end">{formatNumber(row.weight, 2)}</Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
