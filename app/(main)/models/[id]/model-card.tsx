import { winRateWords } from '../../../charts/win-words.ts'
import { Facts } from '../../../ui/facts.tsx'
import { Link } from '../../../ui/link.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import { VersionChip } from '../../../ui/version-chip.tsx'
import { parameterWords } from '../parameter-words.ts'
import type { ModelDetail } from '../types.ts'

export function CardFacts({ model: { card, sha256 } }: { model: ModelDetail }) {
  const shape = [
    card.layers && card.width && `${card.layers} × ${card.width}`,
    card.heads && `${card.heads} heads`,
  ]
  return (
    <Facts
      items={[
        { label: 'Architecture', value: card.architecture ?? '–' },
        {
          label: 'Parameters',
          value: <span title={formatNumber(card.parameters)}>{parameterWords(card.parameters)}</span>,
        },
        { label: 'Layers × width', value: shape.filter(Boolean).join(', ') || '–' },
        { label: 'Vocabulary', value: `${formatNumber(card.vocabulary)} tokens` },
        { label: 'Context', value: `${formatNumber(card.context)} tokens` },
        {
          label: 'SHA-256',
          value: (
            <span className="font-mono text-13" title={sha256}>
              {sha256.slice(0, 12)}
            </span>
          ),
        },
      ]}
    />
  )
}

const besides = {
  ema: { name: 'Moving average', what: 'the policy averaged over its steps, a model of its own' },
  adapter: { name: 'Adapter', what: 'the LoRA that was trained, in PEFT’s form; the version has it merged' },
}

/** What the run left beside the version, by its key in the artifact storage. */
export function BesideIt({ beside }: { beside: NonNullable<ModelDetail['card']['beside']> }) {
  return (
    <ul className="flex max-w-3xl flex-col">
      {beside.map(({ kind, artifact, sha256, bytes }) => (
        <li key={kind} className="flex flex-wrap items-baseline gap-x-4 border-b border-line py-1.5">
          <span className="font-medium">{besides[kind].name}</span>
          <span className="text-ink-2">{besides[kind].what}</span>
          <span className="ml-auto flex flex-wrap gap-x-4 text-13 text-ink-3">
            <span className="font-mono [overflow-wrap:anywhere] text-ink-2" title={`SHA-256 ${sha256}`}>
              {artifact}
            </span>
            <span className="tabular-nums">{formatNumber(bytes / 1e6)} MB</span>
          </span>
        </li>
      ))}
    </ul>
  )
}

export function Summary({ values }: { values: Record<string, number | string> }) {
  return (
    <dl className="grid max-w-3xl gap-x-8 text-13 sm:grid-cols-2">
      {Object.entries(values).map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4 border-b border-line py-1">
          <dt className="font-mono text-ink-2">{name}</dt>
          <dd className="font-medium">{typeof value === 'number' ? formatNumber(value) : value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function Evaluations({ evaluations }: { evaluations: ModelDetail['evaluations'] }) {
  if (evaluations.length === 0) return <p className="text-ink-2">Not compared with another version yet.</p>
  return (
    <ul className="flex max-w-3xl flex-col">
      {evaluations.map(({ id, name, side, other, summary }) => {
        const rate = summary?.rubric ?? summary?.rewardModel
        return (
          <li key={id} className="flex flex-wrap items-center gap-x-4 border-b border-line py-1.5">
            <Link href={`/compare/${id}`}>{name}</Link>
            <span className="flex items-center gap-1.5 text-ink-2">
              as {side}, against <VersionChip version={other} />
            </span>
            <span className="ml-auto tabular-nums">{rate ? `B wins ${winRateWords(rate)}` : '–'}</span>
          </li>
        )
      })}
    </ul>
  )
}
