import { formatNumber, formatPercent } from '../../ui/quantity.tsx'
import type { Change, Estimate, Share } from './types.ts'

/** Two decimals, with a true minus, and none of that which −0.004 would leave before 0.00. */
const decimals = (value: number | null) =>
  formatNumber(value && (Math.round(value * 100) / 100 || 0), 2).replace('-', '−')

/** 0.45 [0.39, 0.52]; an en dash for what is not known. */
export function EstimateWords({ found }: { found: Estimate | null }) {
  if (!found) return <span className="text-ink-3">–</span>
  return (
    <span className="whitespace-nowrap tabular-nums" title={`from ${formatNumber(found.units)}`}>
      {decimals(found.value)}
      {found.low !== null && (
        <span className="text-ink-3">
          {' '}
          [{decimals(found.low)}, {decimals(found.high)}]
        </span>
      )}
    </span>
  )
}

/** 63 % [58, 67]. */
export function ShareWords({ share }: { share: Share | null }) {
  if (!share) return <span className="text-ink-3">–</span>
  return (
    <span className="whitespace-nowrap tabular-nums" title={basisOf(share)}>
      {formatPercent(share.rate)}
      <span className="text-ink-3">
        {' '}
        [{formatNumber(share.low * 100, 0)}, {formatNumber(share.high * 100, 0)}]
      </span>
    </span>
  )
}

function basisOf({ n, items }: Share): string | undefined {
  if (!n) return undefined
  return items ? `${formatNumber(n)} pairs in ${formatNumber(items)}` : `of ${formatNumber(n)}`
}

/** −9 points [−20, +1]. */
export function ChangeWords({ change }: { change: Change | null }) {
  if (!change) return <span className="text-ink-3">–</span>
  return (
    <span className="whitespace-nowrap tabular-nums">
      {points(change.value)} <span className="text-ink-3">points</span>
      <span className="text-ink-3">
        {' '}
        [{points(change.low)}, {points(change.high)}]
      </span>
    </span>
  )
}

function points(value: number): string {
  const rounded = Math.round(value * 100)
  return rounded < 0 ? `−${-rounded}` : rounded > 0 ? `+${rounded}` : '0'
}
