'use client'

import { winRateWords } from '../../charts/win-words.ts'
import { StatusBadge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { VersionChip } from '../../ui/version-chip.tsx'
import type { EvaluationItem } from './types.ts'

const wide = 'hidden lg:table-cell'
const middle = 'hidden md:table-cell'

export function EvaluationTable({ first, path }: { first: Page<EvaluationItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Evaluations">
        <TableHeader>
          <Column isRowHeader>Evaluation</Column>
          <Column className={wide}>A, the old one</Column>
          <Column className={wide}>B, the new one</Column>
          <Column align="end">B wins</Column>
          <Column align="end" className={middle}>
            Made
          </Column>
        </TableHeader>
        <TableBody
          renderEmptyState={() => <p className="p-6 text-center text-ink-2">No evaluation matches.</p>}
        >
          {pages.items.map((item) => {
            const rate = item.summary?.rubric ?? item.summary?.rewardModel
            return (
              <Row key={item.id} id={item.id} href={`/compare/${item.id}`} textValue={item.name}>
                <Cell className="w-full min-w-28 max-w-0 truncate">{item.name}</Cell>
                <Cell className={`${wide} whitespace-nowrap`}>
                  <VersionChip version={item.versionA} plain />
                </Cell>
                <Cell className={`${wide} whitespace-nowrap`}>
                  <VersionChip version={item.versionB} plain />
                </Cell>
                <Cell align="end" className="whitespace-nowrap">
                  {rate ? winRateWords(rate) : item.status && <StatusBadge status={item.status} />}
                </Cell>
                <Cell align="end" className={middle}>
                  <RelativeTime time={item.createdAt} />
                </Cell>
              </Row>
            )
          })}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
    </>
  )
}
