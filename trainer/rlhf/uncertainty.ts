import { moments } from './whiten.ts'

/**
 * How far the heads of a reward model disagree on each of B completions: their unbiased deviation, [B], from heads [B · headCount]; 0 of a
 * single head. Sources: Lakshminarayanan et al. 2017, Deep ensembles; Osband et al. 2016, Bootstrapped DQN (heads on one trunk).
 */
export function deviationOfHeads(heads: ArrayLike<number>, headCount: number): Float32Array {
  const all = Array.from(heads)
  return Float32Array.from({ length: all.length / headCount }, (_, row) => {
    if (headCount === 1) return 0
    const { variance } = moments(all.slice(row * headCount, (row + 1) * headCount))
    return Math.sqrt((variance * headCount) / (headCount - 1))
  })
}
