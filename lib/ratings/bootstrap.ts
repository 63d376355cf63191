import { wilsonInterval } from './wilson.ts'

export interface Judged {
  promptId: string
  outcome: 'A' | 'B' | 'TIE'
}

export interface WinRate {
  /** Matches that B won, lost and drew. */
  wins: number
  losses: number
  ties: number
  /** (wins + ties / 2) / matches, of B. */
  winRate: number
  /** 95 % interval of the win rate. */
  low: number
  high: number
  /** Prompts. */
  n: number
}

const points = { A: 0, B: 1, TIE: 0.5 } as const

/**
 * B's win rate with a 95 % percentile bootstrap interval. Prompts are resampled, not matches: several matches
 * on one prompt are not independent (Efron & Tibshirani 1993, An Introduction to the Bootstrap, §13.3 and §8.3).
 * When all prompts gave the same result the bootstrap has nothing to vary and would answer a width of 0; the
 * interval is Wilson's then. The same matches and seed give the same interval, in whatever order they come.
 * @throws RangeError when there are no matches
 */
export function winRate(
  matches: readonly Judged[],
  { seed, resamples = 2000 }: { seed: number; resamples?: number },
): WinRate {
  if (matches.length === 0) throw new RangeError('winRate: there are no matches')
  const count = { A: 0, B: 0, TIE: 0 }
  const prompts = new Map<string, { points: number; matches: number }>()
  for (const { promptId, outcome } of matches) {
    count[outcome] += 1
    const of = prompts.get(promptId) ?? { points: 0, matches: 0 }
    of.points += points[outcome]
    of.matches += 1
    prompts.set(promptId, of)
  }
  const rate = (count.B + count.TIE / 2) / matches.length
  const clusters = [...prompts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cluster]) => cluster)
  const first = clusters[0]!
  const alike = clusters.every((cluster) => cluster.points / cluster.matches === first.points / first.matches)
  const { low, high } = alike
    ? wilsonInterval(rate * clusters.length, clusters.length)
    : percentileInterval(clusters, seed, resamples)
  return { wins: count.B, losses: count.A, ties: count.TIE, winRate: rate, low, high, n: clusters.length }
}

function percentileInterval(
  clusters: { points: number; matches: number }[],
  seed: number,
  resamples: number,
) {
  const random = mulberry32(seed)
  const rates = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0
    let matches = 0
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = clusters[Math.floor(random() * clusters.length)]!
      sum += cluster.points
      matches += cluster.matches
    }
    rates[resample] = sum / matches
  }
  rates.sort()
  return { low: quantile(rates, 0.025), high: quantile(rates, 0.975) }
}

/** Linear interpolation between order statistics (R's type 7). */
export function quantile(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * q
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}

/** Numbers in [0, 1): T. Ettinger's mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
