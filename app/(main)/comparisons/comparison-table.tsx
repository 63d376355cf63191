'use client'

import { Badge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { Track } from '../../ui/progress-bar.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'

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
}

const kinds = {
  LABEL: null,
  GOLD: 'Gold',
  EVALUATION: 'Evaluation',
  REPEAT: 'Repeated',
  ADJUDICATION: 'Adjudication',
}
const middle = 'hidden sm:table-cell'
const wide = 'hidden lg:table-cell'

export function ComparisonTable({ first, path }: { first: Page<ComparisonItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Comparisons">
        <TableHeader>
          <Column isRowHeader>Prompt</Column>
          <Column className={middle}>Batch</Column>
          <Column align="end" className={middle}>
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
              <Cell className="w-full max-w-0 truncate">{item.prompt.text}</Cell>
              <Cell className={`${middle} whitespace-nowrap text-ink-2`}>
                {item.batch?.name ?? '–'} {kinds[item.kind] && <Badge>{kinds[item.kind]}</Badge>}
              </Cell>
              <Cell align="end" className={middle}>
                {item.size}
              </Cell>
              <Cell className="min-w-28">
                <span className="block text-13">
                  {item.submitted} of {item.overlap}
                  {item.taken > item.submitted && (
                    <span className="text-ink-3"> · {item.taken - item.submitted} open</span>
                  )}
                </span>
                <Track share={item.submitted / item.overlap} />
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
