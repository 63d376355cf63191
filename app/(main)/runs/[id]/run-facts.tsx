'use client'

import type { StepStore } from '../../../charts/step-store.ts'
import { Facts } from '../../../ui/facts.tsx'
import { Quantity } from '../../../ui/quantity.tsx'
import { Duration } from '../duration.tsx'
import type { RunDetail, RunProgress } from '../types.ts'

export function RunFacts({
  run,
  progress,
  store,
}: {
  run: RunDetail
  progress: RunProgress
  store: StepStore
}) {
  const latest = (metric: string) => store.column(metric).findLast((value) => value !== null)
  const isScore = run.kind === 'SCORE'
  const speed = latest(isScore ? 'completions_per_second' : 'tokens_per_second')
  return (
    <Facts
      items={[
        {
          label: 'Step',
          value: (
            <>
              <Quantity value={progress.step} />
              <span className="text-ink-3"> of </span>
              <Quantity value={progress.totalSteps} />
            </>
          ),
        },
        {
          label: 'Elapsed',
          value: <Duration startedAt={progress.startedAt} finishedAt={progress.finishedAt} />,
        },
        {
          label: 'Speed',
          value: (
            <Quantity value={speed && Math.round(speed)} unit={isScore ? 'completions/s' : 'tokens/s'} />
          ),
        },
        { label: 'Device', value: <span title={run.device ?? ''}>{run.device ?? '–'}</span> },
        { label: 'Engine', value: run.engine ?? '–' },
        { label: 'Seed', value: <span className="font-mono text-13">{run.seed}</span> },
      ]}
    />
  )
}
