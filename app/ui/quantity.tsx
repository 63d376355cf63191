import { cx } from './cx.ts'

export interface QuantityProps {
  value: number | null | undefined
  /** Drawn after the number: 'tokens/s', '%', 'nats'. */
  unit?: string
  /** The ends of the interval, drawn after the number. */
  low?: number | null
  high?: number | null
  /** What the interval is, for the tooltip. */
  interval?: string
  /** Decimal places; without it, whole numbers stay whole and others get three significant digits. */
  digits?: number
  className?: string
}

/** 1,234 · 0.0123 · 12.3; an en dash for what is not there, so that columns keep their width. */
export function formatNumber(value: number | null | undefined, digits?: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  if (digits !== undefined)
    return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

/** A share 0…1 as '63 %'. */
export function formatPercent(share: number | null | undefined, digits = 0): string {
  return share === null || share === undefined ? '–' : `${formatNumber(share * 100, digits)} %`
}

/** A number with its unit and interval, in tabular figures. */
export function Quantity({
  value,
  unit,
  low,
  high,
  interval = '95 % interval',
  digits,
  className,
}: QuantityProps) {
  const hasInterval = typeof low === 'number' && typeof high === 'number'
  return (
    <span className={cx('whitespace-nowrap tabular-nums', className)}>
      {formatNumber(value, digits)}
      {unit && <span className="text-ink-3"> {unit}</span>}
      {hasInterval && (
        <span className="text-ink-3" title={interval}>
          {' '}
          [{formatNumber(low, digits)}, {formatNumber(high, digits)}]
        </span>
      )}
    </span>
  )
}
