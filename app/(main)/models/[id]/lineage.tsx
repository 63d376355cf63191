import { ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { RunKindBadge } from '../../../ui/badge.tsx'
import { Link } from '../../../ui/link.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import { VersionChip } from '../../../ui/version-chip.tsx'
import type { LineageStep, ModelDetail } from '../types.ts'

/** From the root to this version, each with the run, reward model and rankings it came from, and on to what came of it. */
export function Lineage({ model }: { model: ModelDetail }) {
  const steps = model.lineage.steps.toReversed()
  const made = [...model.children, ...model.rewardFor]
  return (
    <ol className="flex flex-wrap items-stretch gap-2">
      {steps.map((step, index) => (
        <Node
          key={step.model.id}
          current={step.model.id === model.id}
          last={index === steps.length - 1 && made.length === 0}
        >
          <Step step={step} plain={step.model.id === model.id} />
        </Node>
      ))}
      {made.length > 0 && (
        <Node last>
          <span className="text-13 text-ink-3">What came of it</span>
          {made.map((child) => (
            <VersionChip key={child.id} version={child} />
          ))}
        </Node>
      )}
    </ol>
  )
}

function Step({ step: { model, run, reward, dataset }, plain }: { step: LineageStep; plain: boolean }) {
  return (
    <>
      <span className={plain ? 'font-semibold' : ''}>
        <VersionChip version={model} plain={plain} />
      </span>
      {run ? (
        <span className="flex min-w-0 items-center gap-2">
          <RunKindBadge kind={run.kind} />
          <Link href={`/runs/${run.id}`} className="truncate">
            {run.name}
          </Link>
        </span>
      ) : (
        <span className="text-13 text-ink-3">imported</span>
      )}
      {reward && (
        <span className="flex min-w-0 items-center gap-1.5 text-13 text-ink-3">
          scored by <VersionChip version={{ ...reward, kind: 'REWARD' }} />
        </span>
      )}
      {dataset && (
        <span className="text-13 text-ink-3">
          <Link href={`/datasets/${dataset.id}`}>{dataset.name}</Link>: {formatNumber(dataset.rankings)}{' '}
          {dataset.rankings === 1 ? 'ranking' : 'rankings'} by {formatNumber(dataset.annotators)}{' '}
          {dataset.annotators === 1 ? 'annotator' : 'annotators'}, {formatNumber(dataset.pairCount)} pairs
        </span>
      )}
    </>
  )
}

function Node({ current, last, children }: { current?: boolean; last?: boolean; children: ReactNode }) {
  return (
    <li className="flex items-center gap-2">
      <div
        className={`flex h-full max-w-72 flex-col gap-1 rounded-md border bg-surface px-3 py-2 ${current ? 'border-ink' : 'border-line'}`}
      >
        {children}
      </div>
      {!last && <ArrowRight aria-hidden className="text-ink-3" />}
    </li>
  )
}
