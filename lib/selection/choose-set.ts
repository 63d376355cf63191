import { type PairCriterion, pairValue } from './pair-value.ts'

/**
 * The `size` of K completions whose pairs are worth most: the best pair, then again and again the completion whose pairs with those
 * chosen are worth most; equals by the lower index. `heads` is [K][H], in log-odds. `chosen` is in the order of choice, so that its
 * first two are the most valuable pair of all; `value` is the mean of the pairs of the set, in pairValue's unit.
 * Throws RangeError unless 2 ≤ size ≤ K, and what pairValue throws.
 */
export function chooseSet(
  heads: readonly ArrayLike<number>[],
  size: number,
  by: PairCriterion,
): { chosen: number[]; value: number } {
  if (!(size >= 2 && size <= heads.length))
    throw new RangeError(`chooseSet: ${size} of ${heads.length} completions, 2 … all are possible`)
  let best: [number, number] = [0, 1]
  let total = -1
  for (let i = 0; i < heads.length; i++) {
    for (let j = i + 1; j < heads.length; j++) {
      const value = pairValue(heads[i]!, heads[j]!, by)
      if (value > total) [best, total] = [[i, j], value]
    }
  }
  const chosen: number[] = [...best]
  const gains = heads.map((own) => best.reduce((sum, other) => sum + pairValue(own, heads[other]!, by), 0))
  while (chosen.length < size) {
    let next = -1
    for (let i = 0; i < heads.length; i++)
      if (!chosen.includes(i) && (next < 0 || gains[i]! > gains[next]!)) next = i
    total += gains[next]!
    chosen.push(next)
    for (let i = 0; i < heads.length; i++) gains[i]! += pairValue(heads[i]!, heads[next]!, by)
  }
  return { chosen, value: total / ((size * (size - 1)) / 2) }
}
