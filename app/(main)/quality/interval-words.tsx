import { formatNumber, formatPercent } from '../../ui/quantity.tsx'
import type { Estimate, Share } from './types.ts'

/** 0.45 [0.39, 0.52]; an en dash for what is not known. */
export function EstimateWords({ found }: { found: Estimate | null }) {
  if (!found) return <span className="text-ink-3">–</span>
  return (
    <span className="whitespace-nowrap tabular-nums" title={`from ${formatNumber(found.units)} comparisons`}>
      {formatNumber(found.value, 2)}
      {found.low !== null && (
        <span className="text-ink-3">
          {' '}
          [{formatNumber(found.low, 2)}, {formatNumber(found.high, 2)}]
        </span>
      )}
    </span>
  )
}

/** 63 % [58, 67]. */
export function ShareWords({
  share,
}: {
  share: (Pick<Share, 'rate' | 'low' | 'high'> & { n?: number }) | null
}) {
  if (!share) return <span className="text-ink-3">–</span>
  return (
    <span
      className="whitespace-nowrap tabular-nums"
      title={share.n ? `of ${formatNumber(share.n)}` : undefined}
    >
      {formatPercent(share.rate)}
      <span className="text-ink-3">
        {' '}
        [{formatNumber(share.low * 100, 0)}, {formatNumber(share.high * 100, 0)}]
      </span>
    </span>
  )
}
