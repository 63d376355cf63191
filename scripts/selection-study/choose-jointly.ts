/** A pair that might be asked about: what each head makes of A less B, in log-odds, and whose it is: of each owner one pair is asked at most. */
export interface PairCandidate {
  differences: ArrayLike<number>
  owner: number
}

/**
 * The `count` pairs whose labels tell most together (fewer where there are fewer owners), in the order of choice, each with what its label
 * tells beyond those before it, in bits.
 *
 * The differences are taken as normal with the heads' means and covariances, and a label as a measurement of one of them with the variance
 * 1 / (p(1 − p)), p being the mean of the heads' probabilities (the logistic likelihood's curvature). The label of pair i then tells
 * ½ log₂(1 + p(1 − p) · variance_i); and knowing it narrows every other pair by how they vary together, so that none is asked what
 * another has told. All that is left of the heads' deviations c after pair i is c − β (c · c_i) c_i, β = (1 − √(1 − g·v)) / v,
 * g = 1 / (v + 1 / (p(1 − p))), v = c_i · c_i: the square root form of Kalman's update. Takes count · pairs · heads steps.
 *
 * Throws RangeError for fewer than two heads, for different numbers of them, and for differences that are not finite.
 * Sources: MacKay 1992, Information-based objective functions for active data selection; Kirsch et al. 2019, BatchBALD (why jointly);
 * Whitaker & Hamill 2002 (the square root form for one measurement).
 */
export function chooseJointly(
  candidates: readonly PairCandidate[],
  count: number,
): { index: number; value: number }[] {
  const heads = candidates[0]?.differences.length ?? 2
  if (heads < 2) throw new RangeError('chooseJointly: one head has no deviation, at least 2 are needed')
  const deviations = new Float64Array(candidates.length * heads) // [pairs, heads]
  const precisions = new Float64Array(candidates.length)
  for (const [pair, { differences }] of candidates.entries()) {
    if (differences.length !== heads)
      throw new RangeError(`chooseJointly: pair ${pair} has ${differences.length} heads, the first ${heads}`)
    let mean = 0
    let p = 0
    for (let head = 0; head < heads; head++) {
      const difference = differences[head]!
      if (!Number.isFinite(difference))
        throw new RangeError(`chooseJointly: head ${head} of pair ${pair} gives ${difference}`)
      mean += difference / heads
      p += 1 / (1 + Math.exp(-difference)) / heads
    }
    precisions[pair] = p * (1 - p)
    for (let head = 0; head < heads; head++)
      deviations[pair * heads + head] = (differences[head]! - mean) / Math.sqrt(heads - 1)
  }
  const asked = new Set<number>()
  const chosen: { index: number; value: number }[] = []
  const own = new Float64Array(heads)
  for (;;) {
    let best = -1
    let most = -1
    for (const [pair, { owner }] of candidates.entries()) {
      if (asked.has(owner)) continue
      const gain = precisions[pair]! * product(deviations, pair, deviations, pair, heads)
      if (gain > most) [best, most] = [pair, gain]
    }
    if (best < 0 || chosen.length >= count) return chosen
    asked.add(candidates[best]!.owner)
    chosen.push({ index: best, value: 0.5 * Math.log2(1 + most) })
    if (most === 0) continue
    own.set(deviations.subarray(best * heads, (best + 1) * heads))
    const variance = product(own, 0, own, 0, heads)
    const gain = 1 / (variance + 1 / precisions[best]!)
    const shrinking = (1 - Math.sqrt(1 - gain * variance)) / variance
    for (let pair = 0; pair < candidates.length; pair++) {
      const share = shrinking * product(deviations, pair, own, 0, heads)
      for (let head = 0; head < heads; head++) deviations[pair * heads + head]! -= share * own[head]!
    }
  }
}

/** The scalar product of a row of one matrix and a row of another, both of `width` columns. */
function product(a: Float64Array, row: number, b: Float64Array, other: number, width: number): number {
  let sum = 0
  for (let i = 0; i < width; i++) sum += a[row * width + i]! * b[other * width + i]!
  return sum
}
