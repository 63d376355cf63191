'use client'

import { Flag, MessageSquare } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { Quantity } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { type AnswerItem, flagWords, orderOf } from './answer.ts'
import { AnswerDialog } from './answer-dialog.tsx'

const middle = 'hidden md:table-cell'
const wide = 'hidden xl:table-cell'

/** One's own answers; Enter or a press opens one. */
export function AnswerTable({
  first,
  path,
  skipped,
}: {
  first: Page<AnswerItem>
  path: string
  skipped: boolean
}) {
  const pages = usePages(path, first)
  const [open, setOpen] = useState<AnswerItem | null>(null)
  return (
    <>
      <Table
        aria-label={skipped ? 'Skipped comparisons' : 'My rankings'}
        onRowAction={(id) => setOpen(pages.items.find((answer) => answer.id === id) ?? null)}
      >
        <TableHeader>
          <Column isRowHeader>Prompt</Column>
          <Column>{skipped ? 'Reason' : 'Order'}</Column>
          <Column className={wide}>Batch</Column>
          {!skipped && (
            <Column align="end" className={wide}>
              Time taken
            </Column>
          )}
          <Column align="end" className={middle}>
            {skipped ? 'Skipped' : 'Ranked'}
          </Column>
        </TableHeader>
        <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">Nothing matches.</p>}>
          {pages.items.map((answer) => (
            <Row key={answer.id} id={answer.id} textValue={answer.prompt} className="cursor-pointer">
              <Cell className="w-full min-w-32 max-w-0">
                <span className="block truncate">{answer.prompt}</span>
                <Marks answer={answer} />
              </Cell>
              <Cell className="max-w-40 lg:max-w-48 xl:max-w-72">
                {skipped ? (
                  <span className="block truncate text-ink-2">{answer.skipReason}</span>
                ) : (
                  <span className="flex flex-wrap items-center gap-x-2 gap-y-1 xl:flex-nowrap xl:whitespace-nowrap">
                    {orderOf(answer)}
                    {answer.allBad && <Badge>none acceptable</Badge>}
                  </span>
                )}
              </Cell>
              <Cell className={`${wide} max-w-64 truncate whitespace-nowrap text-ink-2`}>
                {answer.batch?.name ?? '–'}
              </Cell>
              {!skipped && (
                <Cell align="end" className={wide}>
                  <Quantity
                    value={
                      answer.millisecondsSpent === null ? null : Math.round(answer.millisecondsSpent / 1000)
                    }
                    unit="s"
                  />
                </Cell>
              )}
              <Cell align="end" className={middle}>
                <RelativeTime time={answer.createdAt} />
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
      <AnswerDialog answer={open} onClose={() => setOpen(null)} />
    </>
  )
}

/** The comment and the flags, on a line of their own; nothing when there are none. */
function Marks({ answer }: { answer: AnswerItem }) {
  const flags = flagWords(answer)
  if (!answer.comment && !answer.edited && flags.length === 0) return null
  return (
    <span className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 pb-0.5">
      {answer.edited && <Badge>changed</Badge>}
      {flags.map((flag) => (
        <Badge key={flag} tone="danger">
          <Flag aria-hidden />
          {flag}
        </Badge>
      ))}
      {answer.comment && (
        <span className="flex min-w-0 items-center gap-1 text-13 text-ink-2 max-sm:basis-full sm:flex-1">
          <MessageSquare aria-hidden className="size-3!" />
          <span className="sr-only">Your comment: </span>
          <span className="truncate">{answer.comment}</span>
        </span>
      )}
    </span>
  )
}
