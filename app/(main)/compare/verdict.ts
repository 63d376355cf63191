import { type WinRate, winRateWords } from '../../charts/win-words.ts'
import type { EvaluationSummary } from './types.ts'

/** 'B wins 84 % [79, 88] by the rubric.' The interval decides what may be said. */
export function verdictOf(rate: WinRate, judge: string): string {
  const words = winRateWords(rate)
  if (rate.low > 0.5) return `B wins ${words} by ${judge}.`
  if (rate.high < 0.5) return `B loses: it wins only ${words} by ${judge}.`
  return `No difference is shown by ${judge}: B wins ${words}, and the interval holds 50 %.`
}

/** One sentence for each judge, the rubric first; none while nothing is known. */
export function verdictsOf(summary: EvaluationSummary): string[] {
  return [
    ...(summary.rubric ? [verdictOf(summary.rubric, 'the rubric')] : []),
    ...(summary.rewardModel ? [verdictOf(summary.rewardModel, 'the reward model')] : []),
  ]
}
