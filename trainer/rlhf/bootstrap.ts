import { uniform } from './philox.ts'

/** How often each of `count` items is drawn when `count` are drawn with replacement: one bootstrap sample, keyed by seed and `sample`. */
export function bootstrapCounts(seed: number, sample: number, count: number): Int32Array {
  const counts = new Int32Array(count)
  // Row 1: row 0 draws the intervals of accuracy.ts.
  for (let draw = 0; draw < count; draw++)
    counts[Math.floor(uniform(seed, 'bootstrap', sample, 1, draw) * count)]! += 1
  return counts
}
