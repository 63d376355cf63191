'use client'

import { RunKindBadge, StatusBadge } from '../../ui/badge.tsx'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { Track } from '../../ui/progress-bar.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { Duration } from './duration.tsx'
import type { RunItem } from './types.ts'

const wide = 'hidden lg:table-cell'
const middle = 'hidden md:table-cell'

export function RunTable({ first, path }: { first: Page<RunItem>; path: string }) {
  const pages = usePages(path, first)
  return (
    <>
      <Table aria-label="Runs">
        <TableHeader>
          <Column isRowHeader>Run</Column>
          <Column className={middle}>Kind</Column>
          <Column>Status</Column>
          <Column className={middle}>Progress</Column>
          <Column align="end" className={wide}>
            Duration
          </Column>
          <Column align="end">Started</Column>
        </TableHeader>
        <TableBody renderEmptyState={() => <p className="p-6 text-center text-ink-2">No run matches.</p>}>
          {pages.items.map((run) => (
            <Row key={run.id} id={run.id} href={`/runs/${run.id}`} textValue={run.name}>
              <Cell className="w-full min-w-28 max-w-0 truncate">{run.name}</Cell>
              <Cell className={middle}>
                <RunKindBadge kind={run.kind} />
              </Cell>
              <Cell>
                <StatusBadge status={run.status} />
              </Cell>
              <Cell className={middle}>
                <Steps step={run.step} total={run.totalSteps} />
              </Cell>
              <Cell align="end" className={wide}>
                <Duration startedAt={run.startedAt} finishedAt={run.finishedAt} />
              </Cell>
              <Cell align="end">
                <RelativeTime time={run.startedAt ?? run.createdAt} />
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <LoadMore pages={pages} />
    </>
  )
}

function Steps({ step, total }: { step: number; total: number | null }) {
  if (!total) return <span className="text-ink-3">–</span>
  return (
    <span className="flex w-36 items-center gap-2">
      <span className="w-16 shrink-0">
        <Track share={step / total} />
      </span>
      <span className="whitespace-nowrap text-13">
        {formatNumber(step)} <span className="text-ink-3">of {formatNumber(total)}</span>
      </span>
    </span>
  )
}
