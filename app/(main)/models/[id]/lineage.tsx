import { ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { RunKindBadge } from '../../../ui/badge.tsx'
import { Link } from '../../../ui/link.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import { VersionChip } from '../../../ui/version-chip.tsx'
import type { ModelDetail } from '../types.ts'

/** From people's rankings to this version, and on to what came of it. */
export function Lineage({ model }: { model: ModelDetail }) {
  const { lineage, run, reward, parents, children } = model
  const { dataset } = lineage
  return (
    <ol className="flex flex-wrap items-stretch gap-2">
      {dataset && (
        <Node label="Rankings">
          <Link href={`/datasets/${dataset.id}`}>{dataset.name}</Link>
          <span className="text-13 text-ink-3">
            {formatNumber(dataset.rankings)} rankings by {formatNumber(dataset.annotators)}{' '}
            {dataset.annotators === 1 ? 'annotator' : 'annotators'}, {formatNumber(dataset.pairCount)} pairs
          </span>
        </Node>
      )}
      {reward && (
        <Node label="Reward model">
          <VersionChip version={reward} />
        </Node>
      )}
      {parents.length > 0 && (
        <Node label={parents.length === 1 ? 'Started from' : 'Started from, nearest first'}>
          {parents.map((parent) => (
            <VersionChip key={parent.id} version={parent} />
          ))}
        </Node>
      )}
      {run ? (
        <Node label="Run">
          <Link href={`/runs/${run.id}`}>{run.name}</Link>
          <span>
            <RunKindBadge kind={run.kind} />
          </span>
        </Node>
      ) : (
        <Node label="Origin">Imported</Node>
      )}
      <Node label="This version" current last={children.length === 0}>
        <VersionChip version={model} plain />
      </Node>
      {children.length > 0 && (
        <Node label="What came of it" last>
          {children.map((child) => (
            <VersionChip key={child.id} version={child} />
          ))}
        </Node>
      )}
    </ol>
  )
}

function Node({
  label,
  current,
  last,
  children,
}: {
  label: string
  current?: boolean
  last?: boolean
  children: ReactNode
}) {
  return (
    <li className="flex items-center gap-2">
      <div
        className={`flex h-full min-h-20 max-w-64 flex-col gap-1 rounded-md border bg-surface px-3 py-2 ${current ? 'border-ink' : 'border-line'}`}
      >
        <span className="text-13 text-ink-3">{label}</span>
        {children}
      </div>
      {!last && <ArrowRight aria-hidden className="text-ink-3" />}
    </li>
  )
}
