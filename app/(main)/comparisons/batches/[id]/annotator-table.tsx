'use client'

import { Badge } from '../../../../ui/badge.tsx'
import { Track } from '../../../../ui/progress-bar.tsx'
import { formatNumber, Quantity } from '../../../../ui/quantity.tsx'
import { RelativeTime } from '../../../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../../../ui/table.tsx'

export interface BatchAnnotator {
  id: string
  name: string
  role: string | null
  assigned: boolean
  done: number
  remaining: number
  held: number
  skipped: number
  goldAnswered: number
  repeatsAnswered: number
  medianSeconds: number | null
  lastAt: Date | string | null
}

const middle = 'hidden md:table-cell'
const wide = 'hidden xl:table-cell'
const last = 'hidden lg:table-cell'

/** Who has done how much, and how much of what is open each may still be given. */
export function AnnotatorTable({ annotators }: { annotators: BatchAnnotator[] }) {
  return (
    <Table aria-label="Progress by annotator">
      <TableHeader>
        <Column isRowHeader>Annotator</Column>
        <Column>Ranked</Column>
        <Column align="end">Left for them</Column>
        <Column align="end" className={middle}>
          Skipped
        </Column>
        <Column align="end" className={wide}>
          Gold answered
        </Column>
        <Column align="end" className={wide}>
          Repeats answered
        </Column>
        <Column align="end" className={wide}>
          Median time
        </Column>
        <Column align="end" className={last}>
          Last ranked
        </Column>
      </TableHeader>
      <TableBody
        renderEmptyState={() => (
          <p className="p-6 text-center text-ink-2">
            Nobody has ranked here yet. Invite annotators, or choose who ranks under Settings.
          </p>
        )}
      >
        {annotators.map((person) => (
          <Row key={person.id} id={person.id} textValue={person.name}>
            <Cell className="w-full max-w-0 min-w-28">
              <span className="flex flex-wrap items-center gap-x-2">
                <span className="truncate">{person.name}</span>
                {person.assigned && <Badge>assigned</Badge>}
                {person.role === null && <Badge>left</Badge>}
                {person.held > 0 && <Badge>at it now</Badge>}
              </span>
            </Cell>
            <Cell className="min-w-24">
              <span className="block text-13">{formatNumber(person.done)}</span>
              <Track share={person.done === 0 ? 0 : person.done / (person.done + person.remaining)} />
            </Cell>
            <Cell align="end">{formatNumber(person.remaining)}</Cell>
            <Cell align="end" className={middle}>
              {formatNumber(person.skipped)}
            </Cell>
            <Cell align="end" className={wide}>
              {formatNumber(person.goldAnswered)}
            </Cell>
            <Cell align="end" className={wide}>
              {formatNumber(person.repeatsAnswered)}
            </Cell>
            <Cell align="end" className={wide}>
              <Quantity
                value={person.medianSeconds}
                unit={person.medianSeconds === null ? undefined : 's'}
                digits={1}
              />
            </Cell>
            <Cell align="end" className={last}>
              {person.lastAt ? (
                <RelativeTime time={person.lastAt} />
              ) : (
                <span className="text-ink-3">not yet</span>
              )}
            </Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
