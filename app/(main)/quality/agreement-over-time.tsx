import type { QualityOverview } from '#lib/quality/overview.ts'
import { cx } from '../../ui/cx.ts'
import { formatNumber } from '../../ui/quantity.tsx'

type OverTime = QualityOverview['overTime']

const height = 144

/** α of each period with its interval, a gap where nothing was ranked twice. A list to screen readers. */
export function AgreementOverTime({ unit, periods }: OverTime) {
  const shown = withGaps(periods)
  const lows = shown.flatMap((one) => one.alpha?.low ?? one.alpha?.value ?? [])
  const bottom = Math.max(-1, Math.floor(Math.min(0, ...lows) * 2) / 2)
  const y = (value: number) => `${(100 * (1 - value)) / (1 - bottom)}%`
  const every = Math.ceil(shown.length / 6)
  const ticks = [1, 0.5, 0, -0.5, -1].filter((tick) => tick >= bottom)
  return (
    <figure className="rounded-md border border-line bg-surface px-3 pt-3 pb-2">
      <figcaption className="mb-3 text-13 text-ink-2">
        Krippendorff’s α by {unit}, with 95 % intervals (times in UTC)
      </figcaption>
      <div className="flex gap-2">
        <div aria-hidden className="relative w-8 shrink-0 text-right text-13 text-ink-3" style={{ height }}>
          {ticks.map((tick) => (
            <span
              key={tick}
              className="absolute right-0 -translate-y-1/2 tabular-nums"
              style={{ top: y(tick) }}
            >
              {formatNumber(tick, 1)}
            </span>
          ))}
        </div>
        <div className="relative min-w-0 flex-1 overflow-x-clip">
          <div aria-hidden className="absolute inset-x-0 top-0" style={{ height }}>
            {ticks.map((tick) => (
              <span
                key={tick}
                className={`absolute inset-x-0 h-px ${tick === 0 ? 'bg-line-strong' : 'bg-line'}`}
                style={{ top: y(tick) }}
              />
            ))}
          </div>
          <ol className="relative flex px-6">
            {shown.map((one, index) => (
              <li key={one.from.getTime()} className="min-w-0 flex-1" title={words(one, unit)}>
                <span className="sr-only">{words(one, unit)}</span>
                <span aria-hidden className="relative block rounded-sm hover:bg-hover/60" style={{ height }}>
                  {one.alpha && <Point alpha={one.alpha} y={y} />}
                </span>
                <span
                  aria-hidden
                  className={cx(
                    'mt-1.5 flex h-5 justify-center text-13 whitespace-nowrap text-ink-3 tabular-nums',
                    index % every !== 0 && 'invisible',
                    index % (2 * every) !== 0 && 'max-sm:invisible',
                  )}
                >
                  {label(one.from, unit)}
                </span>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </figure>
  )
}

function Point({
  alpha,
  y,
}: {
  alpha: NonNullable<OverTime['periods'][number]['alpha']>
  y: (value: number) => string
}) {
  return (
    <>
      {alpha.low !== null && alpha.high !== null && (
        <span
          className="absolute left-1/2 w-1 -translate-x-1/2 rounded-full bg-ink-3/50"
          style={{ top: y(Math.min(1, alpha.high)), height: `calc(${y(alpha.low)} - ${y(alpha.high)})` }}
        />
      )}
      <span
        className="absolute left-1/2 size-2 -translate-1/2 rounded-full bg-ink"
        style={{ top: y(alpha.value) }}
      />
    </>
  )
}

type Shown = Pick<OverTime['periods'][number], 'from' | 'rankings' | 'alpha' | 'comparisons'>

/** Periods in which nothing came stand between the others, so that the distance is time. */
function withGaps(periods: OverTime['periods']): Shown[] {
  const [first, last] = [periods[0], periods.at(-1)]
  if (!first || !last) return []
  const step = first.to.getTime() - first.from.getTime()
  const known = new Map(periods.map((one) => [one.from.getTime(), one]))
  const count = Math.round((last.from.getTime() - first.from.getTime()) / step) + 1
  return Array.from({ length: count }, (_, index) => {
    const at = first.from.getTime() + index * step
    return known.get(at) ?? { from: new Date(at), rankings: 0, comparisons: 0, alpha: null }
  })
}

function label(time: Date, unit: OverTime['unit']): string {
  const ofDay = unit === 'minute' || unit === 'ten minutes' || unit === 'hour'
  if (ofDay) return time.toISOString().slice(11, 16)
  const day = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return unit === 'six hours' ? `${day} ${time.toISOString().slice(11, 13)} h` : day
}

function words({ from, rankings, alpha, comparisons }: Shown, unit: OverTime['unit']): string {
  const count = `${formatNumber(rankings)} ${rankings === 1 ? 'ranking' : 'rankings'}`
  if (!alpha) return `${label(from, unit)}: ${count}, no α`
  const interval =
    alpha.low === null ? '' : ` [${formatNumber(alpha.low, 2)}, ${formatNumber(alpha.high, 2)}]`
  return `${label(from, unit)}: α ${formatNumber(alpha.value, 2)}${interval} of ${formatNumber(comparisons)} comparisons, ${count}`
}
