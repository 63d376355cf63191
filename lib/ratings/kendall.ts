/**
 * Kendall's τ_b = (P − Q) / √((n₀ − t_x)(n₀ − t_y)) of two lists of ranks: P and Q pairs ordered alike and
 * oppositely, n₀ all pairs, t those tied in one list. NaN where one list is all one tie, or has fewer than
 * two items. Takes n² steps.
 * Source: M. Kendall (1945), The treatment of ties in ranking problems.
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`kendallTau: ${x.length} ranks against ${y.length}`)
  let difference = 0
  let untiedX = 0
  let untiedY = 0
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) {
      const a = Math.sign(x[i]! - x[j]!)
      const b = Math.sign(y[i]! - y[j]!)
      difference += a * b
      untiedX += a * a
      untiedY += b * b
    }
  }
  return untiedX === 0 || untiedY === 0 ? Number.NaN : difference / Math.sqrt(untiedX * untiedY)
}
