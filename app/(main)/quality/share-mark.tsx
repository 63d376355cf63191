import { formatNumber, formatPercent } from '../../ui/quantity.tsx'
import type { Share } from './types.ts'

/** A share on a line from 0 to 100 % with its interval, and where it would be by chance. */
export function ShareMark({ share, chance }: { share: Share | null; chance: number | null }) {
  if (!share) return <span className="text-ink-3">–</span>
  const x = (value: number) => `${value * 100}%`
  const words = `${formatPercent(share.rate)} [${formatNumber(share.low * 100, 0)}, ${formatNumber(share.high * 100, 0)}] of ${formatNumber(share.n)}`
  return (
    <span className="inline-flex items-center gap-3" title={words}>
      <span aria-hidden className="relative inline-block h-4 w-24 max-xl:hidden">
        <span className="absolute inset-x-0 top-[7px] h-0.5 rounded-full bg-line" />
        <span
          className="absolute top-[6px] h-1 rounded-full bg-ink-3"
          style={{ left: x(share.low), right: x(1 - share.high) }}
        />
        {chance !== null && (
          <span className="absolute top-0 h-4 w-px bg-line-strong" style={{ left: x(chance) }} />
        )}
        <span
          className="absolute top-1 size-2 -translate-x-1/2 rounded-full bg-ink"
          style={{ left: x(share.rate) }}
        />
      </span>
      <span className="whitespace-nowrap tabular-nums">
        {formatPercent(share.rate)}
        <span className="text-ink-3">
          {' '}
          [{formatNumber(share.low * 100, 0)}, {formatNumber(share.high * 100, 0)}]
        </span>
      </span>
    </span>
  )
}
