import { uniform } from './philox.ts'

export interface JudgedComparison {
  scores: ArrayLike<number>
  pairs: readonly { chosen: number; rejected: number }[]
}

export interface Accuracy {
  /** The share of pairs whose chosen completion scores higher; equal scores count half. */
  pairs: number
  /** The share of comparisons whose highest-scored completion was never rejected. */
  comparisons: number
  /** 95 % interval of `pairs`, by bootstrap over comparisons, as pairs of one comparison are not independent. */
  low: number
  high: number
  pairCount: number
  comparisonCount: number
}

/** How often a reward model agrees with people. NaN throughout without a pair. Source: docs/algorithms.md, Reward model. */
export function heldOutAccuracy(
  judged: readonly JudgedComparison[],
  seed: number,
  resamples = 1000,
): Accuracy {
  const counted = judged.filter((comparison) => comparison.pairs.length > 0)
  const right = counted.map(({ scores, pairs }) =>
    pairs.reduce((sum, { chosen, rejected }) => sum + agreement(scores[chosen]!, scores[rejected]!), 0),
  )
  const sizes = counted.map((comparison) => comparison.pairs.length)
  const best = counted.map(({ scores, pairs }) => {
    const top = Array.from(scores).indexOf(Math.max(...Array.from(scores)))
    return pairs.some((pair) => pair.rejected === top) ? 0 : 1
  })
  const shares = new Float64Array(resamples)
  for (let sample = 0; sample < resamples; sample++) {
    let hits = 0
    let size = 0
    for (let draw = 0; draw < counted.length; draw++) {
      const index = Math.floor(uniform(seed, 'bootstrap', sample, 0, draw) * counted.length)
      hits += right[index]!
      size += sizes[index]!
    }
    shares[sample] = hits / size
  }
  shares.sort()
  const pairCount = total(sizes)
  return {
    pairs: total(right) / pairCount,
    comparisons: total(best) / counted.length,
    low: shares[Math.floor(resamples * 0.025)]!,
    high: shares[Math.ceil(resamples * 0.975) - 1]!,
    pairCount,
    comparisonCount: counted.length,
  }
}

/**
 * The accuracy of the pairs of each slice, by the slices' names; a pair for which `sliceOf` gives null is in none. Comparisons are drawn
 * again as in `heldOutAccuracy`.
 */
export function accuracyBySlice<P extends { chosen: number; rejected: number }>(
  judged: readonly { scores: ArrayLike<number>; pairs: readonly P[] }[],
  sliceOf: (pair: P, comparison: number) => string | null,
  seed: number,
): Record<string, Pick<Accuracy, 'pairs' | 'low' | 'high' | 'pairCount'>> {
  const slices = judged.map(({ pairs }, i) => pairs.map((pair) => sliceOf(pair, i)))
  const names = [...new Set(slices.flat())].filter((name) => name !== null).sort()
  return Object.fromEntries(
    names.map((name) => {
      const own = judged.map(({ scores, pairs }, i) => ({
        scores,
        pairs: pairs.filter((_, j) => slices[i]![j] === name),
      }))
      const { pairs, low, high, pairCount } = heldOutAccuracy(own, seed)
      return [name, { pairs, low, high, pairCount }]
    }),
  )
}

function agreement(chosen: number, rejected: number): number {
  if (chosen === rejected) return 0.5
  return chosen > rejected ? 1 : 0
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
