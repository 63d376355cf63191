/**
 * (x − μ)·(σ² + 1e-8)^−½ over all values, with the biased variance; with `shiftMean` false, μ is added back.
 * Source: lm-human-preferences, utils.whiten; docs/algorithms.md, 9.
 */
export function whiten(values: Float32Array, { shiftMean }: { shiftMean: boolean }): Float32Array {
  const { mean, variance } = moments(values)
  const scale = 1 / Math.sqrt(variance + 1e-8)
  return values.map((value) => (value - mean) * scale + (shiftMean ? 0 : mean))
}

/** The mean and the biased variance, summed in float64; both 0 of nothing. */
export function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  if (values.length === 0) return { mean: 0, variance: 0 }
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  const mean = sum / values.length
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2
  return { mean, variance: squares / values.length }
}
