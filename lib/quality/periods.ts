const minute = 60_000
const day = 24 * 60 * minute

const steps = [
  { unit: 'minute', milliseconds: minute },
  { unit: 'ten minutes', milliseconds: 10 * minute },
  { unit: 'hour', milliseconds: 60 * minute },
  { unit: 'six hours', milliseconds: 360 * minute },
  { unit: 'day', milliseconds: day },
  { unit: 'week', milliseconds: 7 * day },
  { unit: 'four weeks', milliseconds: 28 * day },
] as const

export type PeriodUnit = (typeof steps)[number]['unit']

/** The first Monday of Unix time: weeks begin on Mondays. */
const monday = 4 * day

/**
 * The shortest period of which at most 24 hold all of the times (UTC); `start` gives the beginning of a
 * time's period.
 */
export function periodsOf(times: readonly Date[]): {
  unit: PeriodUnit
  milliseconds: number
  start: (time: Date) => number
} {
  const values = times.map((time) => time.getTime())
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const floor = (value: number, length: number) => Math.floor((value - monday) / length) * length + monday
  const step =
    steps.find(({ milliseconds: length }) => (floor(high, length) - floor(low, length)) / length < 24) ??
    steps.at(-1)!
  return { ...step, start: (time) => floor(time.getTime(), step.milliseconds) }
}
