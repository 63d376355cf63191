import { type Act, type Pace, paceOf } from './activity.ts'
import { type AgreementFigures, agreementFigures } from './agreement.ts'
import { type Judgement, listOf } from './judgements.ts'
import { type PeriodUnit, periodsOf } from './periods.ts'

export interface Period extends AgreementFigures, Pick<Pace, 'answered' | 'activeHours' | 'perHour'> {
  from: Date
  to: Date
  rankings: number
}

export interface OverTime {
  unit: PeriodUnit
  /** Those in which something was done, oldest first. */
  periods: Period[]
}

/** Rankings and work by when they came, agreement by when the last ranking of each comparison came. Oldest first. */
export function overTime(judgements: readonly Judgement[], acts: readonly Act[]): OverTime {
  const { unit, milliseconds, start } = periodsOf([
    ...judgements.map(({ createdAt }) => createdAt),
    ...acts.map(({ at }) => at),
  ])
  const agreed = new Map<number, Judgement[]>()
  for (const ranked of Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values())
    listOf(agreed, start(ranked.at(-1)!.createdAt)).push(...ranked)
  const came = Map.groupBy(judgements, ({ createdAt }) => start(createdAt))
  const worked = Map.groupBy(acts, ({ at }) => start(at))
  const starts = [...new Set([...came.keys(), ...worked.keys()])].sort((a, b) => a - b)
  return {
    unit,
    periods: starts.map((from) => {
      const { answered, activeHours, perHour } = paceOf(worked.get(from) ?? [], new Date(0))
      return {
        from: new Date(from),
        to: new Date(from + milliseconds),
        rankings: came.get(from)?.length ?? 0,
        answered,
        activeHours,
        perHour,
        ...agreementFigures(agreed.get(from) ?? []),
      }
    }),
  }
}
