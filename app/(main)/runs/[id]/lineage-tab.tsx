import { ArrowRight } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { Link } from '../../../ui/link.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import { VersionChip } from '../../../ui/version-chip.tsx'
import type { RunDetail } from '../types.ts'

/** What went into the run and what came of it. */
export function LineageTab({ run }: { run: RunDetail }) {
  const sources: [string, ReactNode][] = [
    ...(run.dataset
      ? [
          [
            'Dataset',
            <Link key="d" href={`/datasets/${run.dataset.id}`}>
              {run.dataset.name}
            </Link>,
          ] as [string, ReactNode],
        ]
      : []),
    ...(run.policy
      ? [['Starts from', <VersionChip key="p" version={run.policy} />] as [string, ReactNode]]
      : []),
    ...(run.reward
      ? [['Scored by', <VersionChip key="r" version={run.reward} />] as [string, ReactNode]]
      : []),
    ...(run.parentRun
      ? [
          [
            'Forked from',
            <Link key="f" href={`/runs/${run.parentRun.id}`}>
              {run.parentRun.name}
            </Link>,
          ] as [string, ReactNode],
        ]
      : []),
  ]
  const results: [string, ReactNode][] = [
    ...run.modelVersions.map(
      (version) => ['Made', <VersionChip key={version.id} version={version} />] as [string, ReactNode],
    ),
    ...(run.evaluation
      ? [
          [
            'Evaluation',
            <Link key="e" href={`/compare/${run.evaluation.id}`}>
              {run.evaluation.name}
            </Link>,
          ] as [string, ReactNode],
        ]
      : []),
    ...(run.kind === 'SCORE' && typeof run.summary?.scored === 'number'
      ? [['Scored', `${formatNumber(run.summary.scored)} completions`] as [string, ReactNode]]
      : []),
  ]
  return (
    <div className="flex flex-col gap-3 sm:flex-row sm:items-center">
      <Box entries={sources} none="Nothing: it made a new model from examples." />
      <ArrowRight aria-hidden className="shrink-0 text-ink-3 max-sm:rotate-90" />
      <div className="rounded-md border border-ink px-4 py-3 font-medium">{run.name}</div>
      <ArrowRight aria-hidden className="shrink-0 text-ink-3 max-sm:rotate-90" />
      <Box entries={results} none="Nothing yet." />
    </div>
  )
}

function Box({ entries, none }: { entries: [string, ReactNode][]; none: string }) {
  return (
    <div className="min-w-56 rounded-md border border-line bg-surface px-4 py-3">
      {entries.length === 0 && <p className="text-ink-2">{none}</p>}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
        {entries.map(([label, value], index) => (
          <Fragment key={index}>
            <dt className="text-13 leading-5 text-ink-3">{label}</dt>
            <dd className="min-w-0">{value}</dd>
          </Fragment>
        ))}
      </dl>
    </div>
  )
}
