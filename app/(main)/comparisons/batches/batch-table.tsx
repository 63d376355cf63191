'use client'

import { Track } from '../../../ui/progress-bar.tsx'
import { formatNumber, formatPercent } from '../../../ui/quantity.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../../ui/table.tsx'
import { peopleWords } from '../people-words.ts'
import { rangeWords } from './range-words.ts'

export interface BatchItem {
  id: string
  name: string
  createdAt: Date | string
  comparisons: number
  wanted: number
  done: number
  goldRate: number
  repeatRate: number
  priority: { low: number; high: number }
  assignees: { id: string; name: string }[]
}

const middle = 'hidden lg:table-cell'
const wide = 'hidden xl:table-cell'

export function BatchTable({ batches }: { batches: BatchItem[] }) {
  return (
    <Table aria-label="Batches">
      <TableHeader>
        <Column isRowHeader>Batch</Column>
        <Column align="end" className={wide}>
          Comparisons
        </Column>
        <Column>Rankings</Column>
        <Column className={middle}>Annotators</Column>
        <Column align="end" className={wide}>
          Priority
        </Column>
        <Column align="end" className={wide}>
          Gold
        </Column>
        <Column align="end" className={wide}>
          Repeats
        </Column>
        <Column align="end" className={middle}>
          Made
        </Column>
      </TableHeader>
      <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No batch matches.</p>}>
        {batches.map((batch) => (
          <Row key={batch.id} id={batch.id} href={`/comparisons/batches/${batch.id}`} textValue={batch.name}>
            <Cell className="w-full min-w-32 max-w-0 truncate">{batch.name}</Cell>
            <Cell align="end" className={wide}>
              {formatNumber(batch.comparisons)}
            </Cell>
            <Cell className="min-w-36">
              <span className="block whitespace-nowrap text-13">
                {formatNumber(batch.done)} of {formatNumber(batch.wanted)}
              </span>
              <Track share={batch.wanted === 0 ? 0 : batch.done / batch.wanted} />
            </Cell>
            <Cell className={`${middle} max-w-64 truncate whitespace-nowrap text-ink-2`}>
              {peopleWords(batch.assignees.map(({ name }) => name))}
            </Cell>
            <Cell align="end" className={wide}>
              {rangeWords(batch.priority)}
            </Cell>
            <Cell align="end" className={`${wide} whitespace-nowrap`}>
              {formatPercent(batch.goldRate)}
            </Cell>
            <Cell align="end" className={`${wide} whitespace-nowrap`}>
              {formatPercent(batch.repeatRate)}
            </Cell>
            <Cell align="end" className={middle}>
              <RelativeTime time={batch.createdAt} />
            </Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
