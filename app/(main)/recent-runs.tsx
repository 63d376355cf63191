'use client'

import { type RunKind, RunKindBadge, type RunStatus, StatusBadge } from '../ui/badge.tsx'
import { formatNumber } from '../ui/quantity.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../ui/table.tsx'

export interface RecentRun {
  id: string
  name: string
  kind: RunKind
  status: RunStatus
  step: number
  totalSteps: number | null
  createdAt: Date | string
}

export function RecentRuns({ runs }: { runs: RecentRun[] }) {
  return (
    <Table aria-label="Recent runs">
      <TableHeader>
        <Column isRowHeader>Run</Column>
        <Column className="hidden md:table-cell">Kind</Column>
        <Column>Status</Column>
        <Column align="end" className="hidden md:table-cell">
          Steps
        </Column>
        <Column align="end" className="hidden md:table-cell">
          Started
        </Column>
      </TableHeader>
      <TableBody
        renderEmptyState={() => (
          <p className="p-6 text-center text-ink-2">
            Nothing has run yet. Training, generation and evaluation appear here.
          </p>
        )}
      >
        {runs.map((run) => (
          <Row key={run.id} id={run.id} href={`/runs/${run.id}`} textValue={run.name}>
            <Cell className="w-full min-w-28 max-w-0 truncate">{run.name}</Cell>
            <Cell className="hidden md:table-cell">
              <RunKindBadge kind={run.kind} />
            </Cell>
            <Cell>
              <StatusBadge status={run.status} />
            </Cell>
            <Cell align="end" className="hidden whitespace-nowrap sm:table-cell">
              {formatNumber(run.step)}
              <span className="text-ink-3"> of {formatNumber(run.totalSteps)}</span>
            </Cell>
            <Cell align="end" className="hidden md:table-cell">
              <RelativeTime time={run.createdAt} />
            </Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
