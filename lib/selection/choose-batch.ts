import { chooseFarthest } from './farthest.ts'

/**
 * The `count` candidates to label together, in the order of choice: again and again the one of the greatest value × distance to the
 * nearest already chosen, so that none says again what another of the batch will have said. `value` ≥ 0 is what one label is worth
 * (chooseSet), `features` have length ≤ 1 (features.ts). Equals by the greater value, then by the lower index.
 */
export function chooseBatch(
  candidates: readonly { value: number; features: Float32Array }[],
  count: number,
): number[] {
  const points = candidates.map(({ features }) => features)
  const values = candidates.map(({ value }) => value)
  return chooseFarthest(points, values, [], count).map(({ index }) => index)
}
