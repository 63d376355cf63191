'use client'

import { formatNumber } from '../../../ui/quantity.tsx'
import { HeatMap } from './heat-map.tsx'

export interface Sample {
  step: number
  index: number
  prompt: string
  completion: string
  scores: Record<string, number>
  tokens: string[] | null
  kl: number[] | null
}

export function SampleCard({ sample }: { sample: Sample }) {
  return (
    <article className="rounded-md border border-line bg-surface">
      <p className="border-b border-line px-3 py-2 whitespace-pre-wrap text-ink-2 [overflow-wrap:anywhere]">
        {sample.prompt}
      </p>
      <div className="px-3 py-2 text-16">
        {sample.tokens && sample.kl ? (
          <HeatMap tokens={sample.tokens} kl={sample.kl} />
        ) : (
          <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{sample.completion}</p>
        )}
      </div>
      <dl className="flex flex-wrap gap-x-5 gap-y-1 border-t border-line px-3 py-1.5 text-13">
        {Object.entries(sample.scores).map(([name, value]) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-ink-3">{name}</dt>
            <dd className={name === 'score' || name === 'reward' ? 'font-medium text-reward' : 'font-medium'}>
              {formatNumber(value)}
            </dd>
          </div>
        ))}
      </dl>
    </article>
  )
}
