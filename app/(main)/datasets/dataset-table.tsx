'use client'

import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'

export interface DatasetItem {
  id: string
  name: string
  contentHash: string
  pairCount: number
  comparisonCount: number
  promptCount: number
  annotatorCount: number
  createdAt: Date | string
}

const middle = 'hidden md:table-cell'
const wide = 'hidden lg:table-cell'

export function DatasetTable({ first, path }: { first: Page<DatasetItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Datasets">
        <TableHeader>
          <Column isRowHeader>Name</Column>
          <Column align="end">Pairs</Column>
          <Column align="end" className={middle}>
            Comparisons
          </Column>
          <Column align="end" className={middle}>
            Prompts
          </Column>
          <Column align="end" className={wide}>
            Annotators
          </Column>
          <Column className={wide}>Content</Column>
          <Column align="end">Made</Column>
        </TableHeader>
        <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No dataset matches.</p>}>
          {pages.items.map((item) => (
            <Row key={item.id} id={item.id} href={`/datasets/${item.id}`} textValue={item.name}>
              <Cell className="w-full min-w-28 max-w-0 truncate">{item.name}</Cell>
              <Cell align="end">{formatNumber(item.pairCount)}</Cell>
              <Cell align="end" className={middle}>
                {formatNumber(item.comparisonCount)}
              </Cell>
              <Cell align="end" className={middle}>
                {formatNumber(item.promptCount)}
              </Cell>
              <Cell align="end" className={wide}>
                {formatNumber(item.annotatorCount)}
              </Cell>
              <Cell className={`${wide} font-mono text-13 text-ink-3`}>{item.contentHash.slice(0, 10)}</Cell>
              <Cell align="end">
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
