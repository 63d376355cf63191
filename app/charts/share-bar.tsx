/** A share on a line from 0 to 100 %, with its interval and the even point. Its figures stand beside it, so it is not read out. */
export function ShareBar({ value, low, high }: { value: number; low: number; high: number }) {
  const x = (share: number) => `${share * 100}%`
  return (
    <span aria-hidden className="relative block h-4 min-w-24">
      <span className="absolute inset-x-0 top-1.5 h-1 rounded-full bg-hover" />
      <span
        className="absolute top-1.5 h-1 rounded-full bg-reward/35"
        style={{ left: x(low), right: x(1 - high) }}
      />
      <span className="absolute top-0 h-4 w-px bg-line-strong" style={{ left: x(0.5) }} />
      <span
        className="absolute top-0.5 h-3 w-1 -translate-x-1/2 rounded-full bg-reward"
        style={{ left: x(value) }}
      />
    </span>
  )
}
