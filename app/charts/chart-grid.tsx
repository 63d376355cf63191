'use client'

import { useState, useSyncExternalStore } from 'react'
import type { Mark } from '#lib/runs/marks.ts'
import type { RunKind } from '../ui/badge.tsx'
import { LineChart } from './line-chart.tsx'
import { MetricTable } from './metric-table.tsx'
import type { Panel, Settings } from './panel.ts'
import { expectedSections, sectionsOf } from './panels.ts'
import type { StepStore } from './step-store.ts'

const grid = 'grid gap-3 sm:grid-cols-2 xl:grid-cols-4'

/** The charts of a run, linked and in sections, the most telling first; the details and the numbers behind them fold out. */
export function ChartGrid({
  kind,
  store,
  settings,
  marks,
  link,
}: {
  kind: RunKind
  store: StepStore
  settings: Settings
  marks: readonly Mark[]
  link: string
}) {
  const names = useSyncExternalStore(
    store.subscribe,
    () => store.names.join('\n'),
    () => '',
  )
  const list = names ? names.split('\n') : []
  const sections = list.length > 0 ? sectionsOf(kind, list, settings) : expectedSections(kind, settings)
  const open = sections.filter(({ folded }) => !folded)
  const charts = (panels: Panel[]) => (
    <div className={grid}>
      {panels.map((panel) => (
        <LineChart key={panel.title} panel={panel} store={store} marks={marks} link={link} />
      ))}
    </div>
  )
  return (
    <div className="flex flex-col gap-3">
      {open.map(({ title, panels }) => (
        <section key={title} aria-label={title}>
          {open.length > 1 && <h2 className="mb-1.5 text-13 font-medium text-ink-3">{title}</h2>}
          {charts(panels)}
        </section>
      ))}
      {sections
        .filter(({ folded }) => folded)
        .map(({ title, panels }) => (
          <Fold key={title} summary={`${title} (${panels.length})`}>
            {charts(panels)}
          </Fold>
        ))}
      {list.length > 0 && (
        <Fold summary="The numbers behind the charts">
          <MetricTable store={store} />
        </Fold>
      )}
    </div>
  )
}

/** What is folded is drawn only once it is asked for: a run that goes on would draw unseen charts at every step. */
function Fold({ summary, children }: { summary: string; children: React.ReactNode }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-default rounded-sm py-1 text-13 text-ink-2 hover:text-ink">
        {summary}
      </summary>
      {isOpen && <div className="mt-2">{children}</div>}
    </details>
  )
}
