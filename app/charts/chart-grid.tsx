'use client'

import { useSyncExternalStore } from 'react'
import { LineChart } from './line-chart.tsx'
import { MetricTable } from './metric-table.tsx'
import { expectedPanels, panelsOf } from './panels.ts'
import type { StepStore } from './step-store.ts'

/** The charts of a run, linked, the most telling first; the rest and the numbers behind them fold out. */
export function ChartGrid({
  kind,
  store,
  klTarget,
  link,
}: {
  kind: Parameters<typeof panelsOf>[0]
  store: StepStore
  klTarget?: number
  link: string
}) {
  const names = useSyncExternalStore(
    store.subscribe,
    () => store.names.join('\n'),
    () => '',
  )
  const list = names ? names.split('\n') : []
  const { main, others } = panelsOf(kind, list, { klTarget })
  const panels = list.length > 0 ? main : expectedPanels(kind, { klTarget })
  const grid = 'grid gap-3 sm:grid-cols-2 xl:grid-cols-4'
  return (
    <div className="flex flex-col gap-3">
      <div className={grid}>
        {panels.map((panel) => (
          <LineChart key={panel.title} panel={panel} store={store} link={link} />
        ))}
      </div>
      {others.length > 0 && (
        <Fold summary={`${others.length} more ${others.length === 1 ? 'metric' : 'metrics'}`}>
          <div className={grid}>
            {others.map((panel) => (
              <LineChart key={panel.title} panel={panel} store={store} link={link} />
            ))}
          </div>
        </Fold>
      )}
      {list.length > 0 && (
        <Fold summary="The numbers behind the charts">
          <MetricTable store={store} />
        </Fold>
      )}
    </div>
  )
}

function Fold({ summary, children }: { summary: string; children: React.ReactNode }) {
  return (
    <details className="group">
      <summary className="w-fit cursor-default rounded-sm py-1 text-13 text-ink-2 hover:text-ink">
        {summary}
      </summary>
      <div className="mt-2">{children}</div>
    </details>
  )
}
