import { z } from 'zod'

/** How comparisons are chosen; docs/selection.md. */
export const selectionCriteria = ['random', 'disagreement', 'information', 'coverage'] as const
export type SelectionCriterion = (typeof selectionCriteria)[number]

/** Comparison.reason: why it was chosen, in words for researchers; annotators never see it. */
export const selectionReason = z.object({
  by: z.enum(selectionCriteria),
  /** The deviation of the heads' probabilities, bits, or the distance to what was covered; null of a random one. */
  value: z.number().nullable(),
  text: z.string(),
  rewardId: z.string().optional(),
})
export type SelectionReason = z.output<typeof selectionReason>

const percent = (share: number) => `${Math.round(share * 100)} %`

/**
 * Says why a pair, or the set that it is the best pair of, was chosen by a reward model. `chances` are what its heads hold for A,
 * the comparison's first completion, being better than B, the second.
 */
export function modelReason(
  by: 'disagreement' | 'information',
  value: number,
  chances: readonly number[],
  reward: { id: string; name: string; version: number },
): SelectionReason {
  const name = `${reward.name} v${reward.version}`
  const [low, high] = [Math.min(...chances), Math.max(...chances)]
  const range = `between ${percent(low)} and ${percent(high)} that A is better than B`
  const text =
    chances.length === 1
      ? `${name} is unsure: ${percent(low)} that A is better than B.`
      : by === 'disagreement'
        ? `The heads of ${name} differ most here: ${range}.`
        : `A ranking tells most about which head of ${name} is right: they hold ${range}.`
  return { by, value, text, rewardId: reward.id }
}

/** Of the first of all, which nothing was near to, `distance` is null. */
export function coverageReason(distance: number | null): SelectionReason {
  const text =
    distance === null
      ? 'The first of all comparisons, so nothing was like it.'
      : `Unlike what is in comparisons: the nearest is ${distance.toFixed(2)} away (0 the same words, 1.41 none in common).`
  return { by: 'coverage', value: distance, text }
}

/** Of what a large batch takes after those that cover the rest best. */
export const fillingReason: SelectionReason = {
  by: 'coverage',
  value: null,
  text: 'Taken after those that cover the rest best, as the batch has room for it.',
}

export const randomReason: SelectionReason = { by: 'random', value: null, text: 'Drawn at random.' }
