'use client'

import { useSyncExternalStore } from 'react'
import { isSampler } from '#lib/runs/run-kinds.ts'
import { ChartGrid } from '../../../charts/chart-grid.tsx'
import type { RunDetail } from '../types.ts'
import { AlarmStrip } from './alarm-strip.tsx'
import { alarmsOf } from './alarms.ts'
import { RunFacts } from './run-facts.tsx'
import { RunHeader } from './run-header.tsx'
import { RunTabs } from './run-tabs.tsx'
import { ScoreResult } from './score-result.tsx'
import { useRunStream } from './use-run-stream.ts'

/** A run, live: header, alarms, charts, then samples, log, config and lineage. */
export function RunScreen({ run }: { run: RunDetail }) {
  const stream = useRunStream(run)
  const { store, progress } = stream
  useSyncExternalStore(store.subscribe, store.version, () => 0)
  // The guard of the KL says it better than its target does.
  const isGuarded = stream.marks.some(({ kind }) => kind === 'guard/kl')
  const alarms = isSampler(run.kind) ? alarmsOf(store, isGuarded ? undefined : targetOf(run.config)) : []
  const hasCharts = !['GENERATE', 'EVALUATE', 'SCORE'].includes(run.kind)
  return (
    <>
      <RunHeader run={run} progress={progress} connected={stream.connected} />
      <AlarmStrip progress={progress} summary={run.summary} marks={stream.marks} alarms={alarms} />
      <RunFacts run={run} progress={progress} store={store} />
      {run.kind === 'SCORE' && <ScoreResult run={run} progress={progress} />}
      {run.kind !== 'SCORE' && (hasCharts || store.names.length > 0) && (
        <section aria-label="Charts" className="mt-4">
          <ChartGrid kind={run.kind} store={store} settings={run.config} marks={stream.marks} link={run.id} />
        </section>
      )}
      <RunTabs run={run} stream={stream} />
    </>
  )
}

function targetOf(config: Record<string, unknown>): number | undefined {
  const adaptive = config.adaptiveKl as { target?: number } | undefined
  return adaptive?.target
}
