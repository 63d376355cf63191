import { type BootstrapOptions, bootstrapSums, type Estimate } from './interval.ts'

/** How far apart two values are: different at all, by how many ranks, by how much. */
export type Level = 'nominal' | 'ordinal' | 'interval'

/**
 * What one unit adds to the coincidence matrix o, [values × values], row by row: each ordered pair of its
 * values from different coders counts 1 / (m − 1), where m is how many coders valued it; nothing with fewer
 * than two. `values` are places in the scale, null where missing.
 * Source: K. Krippendorff (2011), Computing Krippendorff's alpha-reliability, step C.
 */
export function coincidencesOf(values: readonly (number | null)[], scale: number): Float64Array {
  const matrix = new Float64Array(scale * scale)
  const present = values.filter((value) => value !== null)
  if (present.length < 2) return matrix
  present.forEach((c, one) => {
    present.forEach((k, other) => {
      if (one !== other) matrix[c * scale + k]! += 1 / (present.length - 1)
    })
  })
  return matrix
}

/**
 * Krippendorff's α = 1 − (n − 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck of a coincidence matrix, `scale` being its
 * values in order. δ² is 1 for unequal values (nominal), (c − k)² (interval), or (Σ_{g=c…k} n_g − (n_c + n_k)
 * / 2)² (ordinal). NaN where nothing is paired, or all values are one. Source: Krippendorff (2011), as above.
 */
export function alphaOf(matrix: Float64Array, level: Level, scale: readonly number[]): number {
  const size = scale.length
  const marginals = scale.map((_, c) => {
    let sum = 0
    for (let k = 0; k < size; k++) sum += matrix[c * size + k]!
    return sum
  })
  const n = marginals.reduce((sum, value) => sum + value, 0)
  let observed = 0
  let expected = 0
  for (let c = 0; c < size; c++) {
    for (let k = c + 1; k < size; k++) {
      const distance = distanceOf(level, scale, marginals, c, k)
      observed += (matrix[c * size + k]! + matrix[k * size + c]!) * distance
      expected += 2 * marginals[c]! * marginals[k]! * distance
    }
  }
  return expected === 0 ? Number.NaN : 1 - ((n - 1) * observed) / expected
}

function distanceOf(
  level: Level,
  scale: readonly number[],
  marginals: readonly number[],
  c: number,
  k: number,
): number {
  if (level === 'nominal') return 1
  if (level === 'interval') return (scale[c]! - scale[k]!) ** 2
  let between = -(marginals[c]! + marginals[k]!) / 2
  for (let g = c; g <= k; g++) between += marginals[g]!
  return between ** 2
}

/**
 * α of a table of units × coders (null where a coder gave no value) with its bootstrap interval over units;
 * null where α is undefined.
 */
export function krippendorffAlpha(
  units: readonly (readonly (number | null)[])[],
  level: Level,
  options: BootstrapOptions,
): Estimate | null {
  const scale = [...new Set(units.flat().filter((value) => value !== null))].sort((a, b) => a - b)
  const place = new Map(scale.map((value, index) => [value, index]))
  const paired = units.filter((values) => values.filter((value) => value !== null).length > 1)
  const matrices = paired.map((values) =>
    coincidencesOf(
      values.map((value) => (value === null ? null : place.get(value)!)),
      scale.length,
    ),
  )
  return bootstrapSums(matrices, { alpha: (sums) => alphaOf(sums, level, scale) }, options).alpha
}
