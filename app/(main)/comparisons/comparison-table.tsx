'use client'

import { Flag, RotateCcw } from 'lucide-react'
import { Badge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { Track } from '../../ui/progress-bar.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { ReasonBadge } from './reason-badge.tsx'

export interface ComparisonItem {
  id: string
  prompt: { id: string; text: string }
  batch: { id: string; name: string } | null
  kind: 'LABEL' | 'GOLD' | 'EVALUATION' | 'REPEAT' | 'ADJUDICATION'
  size: number
  overlap: number
  taken: number
  submitted: number
  createdAt: Date | string
  reason: { by: string; text: string } | null
  requeuedAt: Date | string | null
  flags: string[]
}

const kinds = {
  LABEL: null,
  GOLD: 'Gold',
  EVALUATION: 'Evaluation',
  REPEAT: 'Repeated',
  ADJUDICATION: 'Adjudication',
}
const middle = 'hidden md:table-cell'
const wide = 'hidden xl:table-cell'

export function ComparisonTable({ first, path }: { first: Page<ComparisonItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Comparisons">
        <TableHeader>
          <Column isRowHeader>Prompt</Column>
          <Column className={middle}>Batch</Column>
          <Column align="end" className={wide}>
            Completions
          </Column>
          <Column>Rankings</Column>
          <Column align="end" className={wide}>
            Made
          </Column>
        </TableHeader>
        <TableBody
          renderEmptyState={() => <p className="p-6 text-center text-ink-2">No comparison matches.</p>}
        >
          {pages.items.map((item) => (
            <Row key={item.id} id={item.id} href={`/comparisons/${item.id}`} textValue={item.prompt.text}>
              <Cell className="w-full min-w-32 max-w-0">
                <span className="flex items-center gap-x-3 max-xl:flex-col max-xl:items-start">
                  <span className="min-w-0 max-w-full truncate">{item.prompt.text}</span>
                  <Marks item={item} />
                </span>
              </Cell>
              <Cell className={`${middle} max-w-48 truncate whitespace-nowrap text-ink-2`}>
                {item.batch?.name ?? '–'}
              </Cell>
              <Cell align="end" className={wide}>
                {item.size}
              </Cell>
              <Cell className="min-w-28 whitespace-nowrap">
                <Answers item={item} />
              </Cell>
              <Cell align="end" className={wide}>
                <RelativeTime time={item.createdAt} />
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
    </>
  )
}

/** What is special about a comparison; nothing when nothing is. */
function Marks({ item: { kind, reason, requeuedAt, flags } }: { item: ComparisonItem }) {
  if (!kinds[kind] && !reason && !requeuedAt && flags.length === 0) return null
  return (
    <span className="flex gap-1.5 max-xl:flex-wrap xl:shrink-0">
      {kinds[kind] && <Badge>{kinds[kind]}</Badge>}
      {reason && <ReasonBadge reason={reason} />}
      {requeuedAt && (
        <Badge>
          <RotateCcw aria-hidden />
          Asked again
        </Badge>
      )}
      {flags.length > 0 && (
        <Badge tone="danger">
          <Flag aria-hidden />
          {flags.length < 3 ? flags.join(', ') : `${flags.length} flags`}
        </Badge>
      )}
    </span>
  )
}

function Answers({ item: { kind, submitted, taken, overlap } }: { item: ComparisonItem }) {
  const open = taken > submitted && <span className="text-ink-3"> · {taken - submitted} open</span>
  // A gold item goes to everybody, so no number of answers completes it.
  if (kind === 'GOLD')
    return (
      <span className="text-13">
        {submitted} {submitted === 1 ? 'answer' : 'answers'}
        {open}
      </span>
    )
  return (
    <>
      <span className="block text-13">
        {submitted} of {overlap}
        {open}
      </span>
      <Track share={submitted / overlap} />
    </>
  )
}
