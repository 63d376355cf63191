'use client'

import { useState } from 'react'
import { Badge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { Quantity } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { type AnswerItem, orderOf } from './answer.ts'
import { AnswerDialog } from './answer-dialog.tsx'

const middle = 'hidden sm:table-cell'

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
          <Column align="end" className={middle}>
            Time taken
          </Column>
          <Column align="end">{skipped ? 'Skipped' : 'Ranked'}</Column>
        </TableHeader>
        <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">Nothing matches.</p>}>
          {pages.items.map((answer) => (
            <Row key={answer.id} id={answer.id} textValue={answer.prompt} className="cursor-pointer">
              <Cell className="w-full max-w-0 truncate">{answer.prompt}</Cell>
              <Cell className="whitespace-nowrap">
                {skipped ? (
                  <span className="block max-w-28 truncate text-ink-2 sm:max-w-none">
                    {answer.skipReason}
                  </span>
                ) : (
                  <span className="flex items-center gap-2">
                    {orderOf(answer)}
                    {answer.allBad && <Badge>none acceptable</Badge>}
                  </span>
                )}
              </Cell>
              <Cell align="end" className={middle}>
                <Quantity
                  value={
                    answer.millisecondsSpent === null ? null : Math.round(answer.millisecondsSpent / 1000)
                  }
                  unit="s"
                />
              </Cell>
              <Cell align="end">
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
