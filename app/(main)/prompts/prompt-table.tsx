'use client'

import { Badge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'

export interface PromptItem {
  id: string
  text: string
  split: 'TRAIN' | 'EVAL'
  tags: string[]
  completionCount: number
  comparisonCount: number
  createdAt: Date | string
}

const wide = 'hidden xl:table-cell'
const middle = 'hidden md:table-cell'

export function PromptTable({ first, path }: { first: Page<PromptItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Prompts">
        <TableHeader>
          <Column isRowHeader>Prompt</Column>
          <Column className={wide}>Tags</Column>
          <Column className={middle}>Split</Column>
          <Column align="end">Completions</Column>
          <Column align="end" className={middle}>
            Comparisons
          </Column>
          <Column align="end" className={wide}>
            Added
          </Column>
        </TableHeader>
        <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No prompt matches.</p>}>
          {pages.items.map((prompt) => (
            <Row key={prompt.id} id={prompt.id} href={`/prompts/${prompt.id}`} textValue={prompt.text}>
              <Cell className="w-full min-w-28 max-w-0 truncate">{prompt.text}</Cell>
              <Cell className={wide}>
                <span className="flex gap-1">
                  {prompt.tags.map((tag) => (
                    <Badge key={tag}>{tag}</Badge>
                  ))}
                </span>
              </Cell>
              <Cell className={`${middle} whitespace-nowrap text-ink-2`}>
                {prompt.split === 'EVAL' ? 'Held out' : 'Train'}
              </Cell>
              <Cell align="end">{formatNumber(prompt.completionCount)}</Cell>
              <Cell align="end" className={middle}>
                {formatNumber(prompt.comparisonCount)}
              </Cell>
              <Cell align="end" className={wide}>
                <RelativeTime time={prompt.createdAt} />
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
    </>
  )
}
