import { cx } from '../../ui/cx.ts'
import { formatNumber } from '../../ui/quantity.tsx'
import { type OverTime, PeriodChart, type Shown } from './period-chart.tsx'
import { scaleTo } from './scale.ts'
import type { Estimate } from './types.ts'

/** Agreement beside throughput, by period. */
export function OverTimeCharts({ over }: { over: OverTime }) {
  const { unit, periods } = over
  const lows = periods.flatMap(({ alpha }) => alpha?.low ?? alpha?.value ?? [])
  const bottom = Math.max(-1, Math.floor(Math.min(0, ...lows) * 2) / 2)
  const agreed = periods.filter(({ alpha }) => alpha).length > 1
  const most = (figure: 'answered' | 'perHour') => Math.max(1, ...periods.map((one) => one[figure] ?? 0))
  return (
    <>
      <div
        className={cx(
          'grid grid-cols-1 gap-3 lg:grid-cols-2',
          agreed && 'xl:grid-cols-3 lg:max-xl:*:first:col-span-2',
        )}
      >
        {agreed && (
          <PeriodChart
            caption={`Krippendorff’s α by ${unit}`}
            over={over}
            ticks={[1, 0.5, 0, -0.5, -1].filter((tick) => tick >= bottom)}
            digits={1}
            words={agreementWords}
            mark={({ alpha }, y) => alpha && <Point alpha={alpha} y={y} />}
          />
        )}
        <PeriodChart
          caption={`Comparisons answered by ${unit}`}
          over={over}
          ticks={scaleTo(most('answered'))}
          words={countWords}
          mark={({ answered = 0 }, y) => answered > 0 && <Bar top={y(answered)} />}
        />
        <PeriodChart
          caption={`Answered an hour of active time, by ${unit}`}
          over={over}
          ticks={scaleTo(most('perHour'))}
          words={speedWords}
          mark={({ perHour }, y) => typeof perHour === 'number' && <Dot top={y(perHour)} />}
        />
      </div>
      <p className="mt-2 text-13 text-pretty text-ink-3">
        Times in UTC; of α with 95 % intervals. Pauses of five minutes and more are no active time. Gold and
        repeated items count as answered.
        {!agreed && ' Agreement is drawn once there is some in two periods or more.'}
      </p>
    </>
  )
}

function Point({ alpha, y }: { alpha: Estimate; y: (value: number) => string }) {
  return (
    <>
      {alpha.low !== null && alpha.high !== null && (
        <span
          className="absolute left-1/2 w-1 -translate-x-1/2 rounded-full bg-ink-3/50"
          style={{ top: y(Math.min(1, alpha.high)), height: `calc(${y(alpha.low)} - ${y(alpha.high)})` }}
        />
      )}
      <Dot top={y(alpha.value)} />
    </>
  )
}

const Dot = ({ top }: { top: string }) => (
  <span className="absolute left-1/2 size-2 -translate-1/2 rounded-full bg-ink" style={{ top }} />
)

const Bar = ({ top }: { top: string }) => (
  <span
    className="absolute inset-x-[15%] bottom-0 mx-auto max-w-6 rounded-t-sm bg-ink-3/60"
    style={{ top }}
  />
)

const counted = (count: number, one: string, many: string) =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

const countWords = ({ answered = 0 }: Shown) => counted(answered, 'comparison', 'comparisons')

function speedWords({ perHour, activeHours = 0 }: Shown): string {
  if (typeof perHour !== 'number') return 'no work'
  return `${formatNumber(perHour, 0)} an hour, in ${formatNumber(activeHours)} hours of active time`
}

function agreementWords({ alpha, comparisons = 0, rankings = 0 }: Shown): string {
  const count = counted(rankings, 'ranking', 'rankings')
  if (!alpha) return `${count}, no α`
  const interval =
    alpha.low === null ? '' : ` [${formatNumber(alpha.low, 2)}, ${formatNumber(alpha.high, 2)}]`
  return `α ${formatNumber(alpha.value, 2)}${interval} of ${counted(comparisons, 'comparison', 'comparisons')}, ${count}`
}
