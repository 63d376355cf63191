'use client'

import { formatNumber } from '../../../ui/quantity.tsx'

/** A token of this KL or more has the full colour, nats. */
const hottest = 2

/** The tokens of a completion, each the darker the further it moved from the reference. */
export function HeatMap({ tokens, kl }: { tokens: string[]; kl: number[] }) {
  const top = kl.reduce((best, value, index) => (value > (kl[best] ?? 0) ? index : best), 0)
  return (
    <figure>
      <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">
        {tokens.map((token, index) => (
          <span
            key={index}
            title={`KL ${formatNumber(kl[index])} nats`}
            style={{ background: heat(kl[index] ?? 0) }}
          >
            {token}
          </span>
        ))}
      </p>
      <figcaption className="mt-2 flex flex-wrap items-center gap-x-3 text-13 text-ink-3">
        <span className="flex items-center gap-1.5">
          KL to the reference: 0
          <span
            aria-hidden
            className="inline-block h-2 w-16 rounded-sm"
            style={{ background: `linear-gradient(to right, ${heat(0)}, ${heat(hottest)})` }}
          />
          {hottest} nats
        </span>
        {tokens[top] !== undefined && (
          <span>
            most at “{tokens[top].trim()}”, {formatNumber(kl[top])}
          </span>
        )}
      </figcaption>
    </figure>
  )
}

function heat(kl: number): string {
  const share = Math.max(0, Math.min(1, kl / hottest)) * 45
  return `color-mix(in oklab, var(--color-reference) ${share.toFixed(1)}%, transparent)`
}
