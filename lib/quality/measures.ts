import { logit } from '../ratings/logit.ts'
import { wilsonInterval } from '../ratings/wilson.ts'
import { type Judgement, pairOpinions } from './judgements.ts'

/** A share with its 95 % interval; null when nothing was counted. */
export interface Share {
  rate: number
  low: number
  high: number
  n: number
}

/** With Wilson's interval. */
export function shareOf(successes: number, n: number): Share | null {
  return n === 0 ? null : { rate: successes / n, ...wilsonInterval(successes, n), n }
}

/**
 * How often the completion shown first was ranked best alone, among rankings with one best (not of those that only name what was
 * edited). Without position bias it is `expected`: the mean of 1 / size, 0.5 for pairs.
 */
export function firstShownRate(judgements: readonly Pick<Judgement, 'groups' | 'shownOrder' | 'edited'>[]): {
  share: Share | null
  expected: number | null
} {
  const clear = judgements.filter(
    ({ groups, edited }) => groups[0]?.length === 1 && !(edited && groups.length === 1),
  )
  const first = clear.filter(({ groups, shownOrder }) => groups[0]![0] === shownOrder[0]).length
  const chances = clear.reduce((sum, { shownOrder }) => sum + 1 / shownOrder.length, 0)
  return { share: shareOf(first, clear.length), expected: clear.length ? chances / clear.length : null }
}

/**
 * Of two completions of which one is twice as long, how often the longer is preferred (`longer`), and of two
 * alike in length, how often the one shown earlier is (`earlier`); ½ without bias. From a logit without
 * intercept of the preferred one of each strictly ordered pair on log₂ of the ratio of lengths and on which
 * was shown earlier (±1), clustered by comparison. Null where there is no finite estimate, or the lengths
 * never differ.
 */
export function biasOf(judgements: readonly Judgement[]): { longer: Share | null; earlier: Share | null } {
  const observations = judgements.flatMap((judgement) =>
    pairOpinions([judgement]).flatMap(({ first, second, said }) => {
      const { side } = said[0]!
      if (side === 1) return []
      const at = (id: string) => judgement.shownOrder.indexOf(id)
      const characters = (id: string) => Math.max(1, judgement.lengths[id] ?? 1)
      return {
        x: [Math.log2(characters(first) / characters(second)), at(first) < at(second) ? 1 : -1],
        y: side === 2 ? (1 as const) : (0 as const),
        cluster: judgement.comparisonId,
      }
    }),
  )
  const n = observations.length
  const share = (found: { value: number; low: number; high: number } | undefined): Share | null =>
    found ? { rate: sigmoid(found.value), low: sigmoid(found.low), high: sigmoid(found.high), n } : null
  const both = logit(observations)
  if (both) return { longer: share(both[0]), earlier: share(both[1]) }
  const position = logit(observations.map(({ x, ...rest }) => ({ ...rest, x: [x[1]!] })))
  return { longer: null, earlier: share(position?.[0]) }
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
