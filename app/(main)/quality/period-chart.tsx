import type { ReactNode } from 'react'
import type { QualityOverview } from '#lib/quality/overview.ts'
import { cx } from '../../ui/cx.ts'
import { formatNumber } from '../../ui/quantity.tsx'

export type OverTime = QualityOverview['overTime']
type Period = OverTime['periods'][number]
/** Of a period in which nothing was done there are only its ends. */
export type Shown = Pick<Period, 'from'> & Partial<Period>

const height = 128

/**
 * One figure of each period, a gap where nothing was done. A list to screen readers: `words` say the period's. `mark` draws it; `y` gives the
 * distance from the top of a value, as CSS.
 */
export function PeriodChart({
  caption,
  over: { unit, periods },
  ticks,
  digits = 0,
  words,
  mark,
}: {
  caption: ReactNode
  over: OverTime
  /** The scale's values, the top one first. */
  ticks: number[]
  digits?: number
  words: (period: Shown) => string
  mark: (period: Shown, y: (value: number) => string) => ReactNode
}) {
  const shown = withGaps(periods)
  const [top, bottom] = [ticks[0]!, ticks.at(-1)!]
  const y = (value: number) => `${(100 * (top - value)) / (top - bottom)}%`
  const every = Math.ceil(shown.length / 5)
  return (
    <figure className="min-w-0 rounded-md border border-line bg-surface px-3 pt-3 pb-2">
      <figcaption className="mb-3 text-13 text-ink-2">{caption}</figcaption>
      <div className="flex gap-2">
        <div
          aria-hidden
          className="relative w-8 shrink-0 text-right text-13 text-ink-3 tabular-nums"
          style={{ height }}
        >
          {ticks.map((tick) => (
            <span key={tick} className="absolute right-0 -translate-y-1/2" style={{ top: y(tick) }}>
              {formatNumber(tick, digits)}
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
            {shown.map((one, index) => {
              const said = `${label(one.from, unit)}: ${words(one)}`
              return (
                <li key={one.from.getTime()} className="min-w-0 flex-1" title={said}>
                  <span className="sr-only">{said}</span>
                  <span
                    aria-hidden
                    className="relative block rounded-sm hover:bg-hover/60"
                    style={{ height }}
                  >
                    {mark(one, y)}
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
              )
            })}
          </ol>
        </div>
      </div>
    </figure>
  )
}

/** Periods in which nothing came stand between the others, so that the distance is time. */
function withGaps(periods: Period[]): Shown[] {
  const [first, last] = [periods[0], periods.at(-1)]
  if (!first || !last) return []
  const step = first.to.getTime() - first.from.getTime()
  const known = new Map(periods.map((one) => [one.from.getTime(), one]))
  const count = Math.round((last.from.getTime() - first.from.getTime()) / step) + 1
  return Array.from({ length: count }, (_, index) => {
    const at = first.from.getTime() + index * step
    return known.get(at) ?? { from: new Date(at) }
  })
}

function label(time: Date, unit: OverTime['unit']): string {
  const ofDay = unit === 'minute' || unit === 'ten minutes' || unit === 'hour'
  if (ofDay) return time.toISOString().slice(11, 16)
  const day = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return unit === 'six hours' ? `${day} ${time.toISOString().slice(11, 13)} h` : day
}
