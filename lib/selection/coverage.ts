import { type Chosen, chooseFarthest } from './farthest.ts'

/**
 * The `count` candidates that cover the rest best: again and again the one farthest from all that is covered or chosen already. No
 * choice of as many leaves a largest distance of less than half of this one's. `distance` is Euclidean, of points of length ≤ 1
 * (features.ts); that of the first, where nothing is covered, is 2. Equals by the lower index.
 * Sources: Gonzalez 1985, Clustering to minimize the maximum intercluster distance; for active learning Sener & Savarese 2018.
 */
export function kCenter(
  candidates: readonly Float32Array[],
  covered: readonly Float32Array[],
  count: number,
): Chosen[] {
  return chooseFarthest(candidates, new Float64Array(candidates.length).fill(1), covered, count)
}
