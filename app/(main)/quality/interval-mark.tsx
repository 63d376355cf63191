import { cx } from '../../ui/cx.ts'

/** A value with its interval on a line, and where chance would put it. Drawn only: the numbers stand beside it. */
export function IntervalMark({
  value,
  low,
  high,
  chance,
  from = 0,
  to = 1,
  className,
}: {
  value: number
  low: number | null
  high: number | null
  chance?: number | null
  from?: number
  to?: number
  className?: string
}) {
  const x = (at: number) => `${(100 * (Math.min(to, Math.max(from, at)) - from)) / (to - from)}%`
  return (
    <span aria-hidden className={cx('relative inline-block h-4', className)}>
      <span className="absolute inset-x-0 top-[7px] h-0.5 rounded-full bg-line" />
      {low !== null && high !== null && (
        <span
          className="absolute top-[6px] h-1 rounded-full bg-ink-3"
          style={{ left: x(low), width: `calc(${x(high)} - ${x(low)})` }}
        />
      )}
      {typeof chance === 'number' && (
        <span className="absolute top-0 h-4 w-px bg-line-strong" style={{ left: x(chance) }} />
      )}
      <span
        className="absolute top-1 size-2 -translate-x-1/2 rounded-full bg-ink"
        style={{ left: x(value) }}
      />
    </span>
  )
}
