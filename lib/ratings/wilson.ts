import { z95 } from './normal.ts'

export interface Interval {
  low: number
  high: number
}

/**
 * Wilson's score interval for a proportion, within [0, 1]; `successes` may be fractional (a tie is half a win).
 * Unlike the normal approximation it does not collapse when every trial went the same way.
 * Source: E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference.
 */
export function wilsonInterval(successes: number, trials: number, z = z95): Interval {
  if (!(trials > 0)) throw new RangeError(`wilsonInterval: trials must be above 0, got ${trials}`)
  if (!(successes >= 0 && successes <= trials)) {
    throw new RangeError(`wilsonInterval: successes must lie in 0 … ${trials}, got ${successes}`)
  }
  const p = successes / trials
  const z2 = z * z
  const centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
  const half = (z / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
