/**
 * Φ(x), the standard normal distribution function, to 1e-15. Source: G. Marsaglia (2004), Evaluating the
 * normal distribution.
 */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0
  let sum = x
  let term = x
  for (let k = 3; sum + term !== sum; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046728)
}

/** Φ⁻¹(p) by bisection; −∞ and ∞ at 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY
  if (p >= 1) return Number.POSITIVE_INFINITY
  let low = -8
  let high = 8
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The 97.5 % quantile: two-sided 95 %. */
export const z95 = 1.959963984540054

/**
 * The .975 quantile of Student's t with whole degrees of freedom, within .005; infinite of none. Exact for 1 and 2, above by the expansion of
 * Abramowitz & Stegun (1964), Handbook of mathematical functions, 26.7.5.
 */
export function student95(degrees: number): number {
  if (degrees < 1) return Number.POSITIVE_INFINITY
  if (degrees === 1) return Math.tan(0.475 * Math.PI)
  if (degrees === 2) return 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))
  const z = z95
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3) +
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92_160 * degrees ** 4)
  )
}
