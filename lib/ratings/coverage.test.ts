import { expect, test } from 'vitest'
import { keyCredit, sameness } from './answer-key.ts'
import { clusteredShare, shareDifference } from './clustered-share.ts'
import { bootstrapSums } from './interval.ts'
import { alphaOf, coincidencesOf } from './krippendorff.ts'
import { logit } from './logit.ts'
import { drawIndices } from './philox.ts'
import { type PairVote, reliabilities } from './reliability.ts'
import { wilsonInterval } from './wilson.ts'

const billion = 1e9

/** `count` uniform numbers in [0, 1), keyed by the trial. */
function uniforms(trial: number, count: number): number[] {
  const drawn = new Int32Array(count)
  drawIndices(20_131, 1, trial, billion, drawn)
  return [...drawn].map((value) => value / billion)
}

/** The share of trials whose interval holds the truth; two standard errors of 600 trials are 1.8 %. */
function coverage(
  interval: (trial: number) => { low: number | null; high: number | null },
  truth: number,
  trials = 600,
) {
  let held = 0
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = interval(trial)
    if (low !== null && high !== null && low <= truth && truth <= high) held++
  }
  return held / trials
}

const nominal = (share: number) => {
  expect(share).toBeGreaterThanOrEqual(0.93)
  expect(share).toBeLessThanOrEqual(0.97)
}

test('95 % intervals of α hold the truth in 95 % of simulated batches', () => {
  // Two annotators, each right with .8 about a pair whose sides carry no name: agreement .8² + .2² = .68, by chance ½, so α = .36.
  const both = (values: number[]) =>
    coincidencesOf(values, 2).map((value, i, matrix) => (value + matrix[3 - i]!) / 2)
  const kinds = [
    [0, 0],
    [0, 1],
  ].map(both)
  const interval = (method: 'expanded' | 'bca' | 'percentile') => (trial: number) => {
    const draws = uniforms(trial, 200)
    const units = Array.from(
      { length: 100 },
      (_, i) => kinds[draws[2 * i]! < 0.8 === draws[2 * i + 1]! < 0.8 ? 0 : 1]!,
    )
    const alpha = (sums: Float64Array) => alphaOf(sums, 'nominal', [0, 1])
    return bootstrapSums(units, { alpha }, { seed: trial, resamples: 200, method }).alpha!
  }
  nominal(coverage(interval('percentile'), 0.36))
  nominal(coverage(interval('bca'), 0.36))
  nominal(coverage(interval('expanded'), 0.36))
})

test("95 % intervals of a share, by Wilson's formula, hold the truth in 95 % of simulated samples", () => {
  nominal(coverage((trial) => wilsonInterval(uniforms(trial, 120).filter((u) => u < 0.62).length, 120), 0.62))
})

test('95 % intervals of the length effect hold the truth in 95 % of simulated samples', () => {
  const slope = 0.7
  const interval = (trial: number) => {
    const draws = uniforms(trial, 400)
    return logit(
      Array.from({ length: 200 }, (_, i) => {
        const x = 4 * draws[2 * i]! - 2
        return { x: [x], y: draws[2 * i + 1]! < 1 / (1 + Math.exp(-slope * x)) ? 1 : 0 }
      }),
    )![0]!
  }
  nominal(coverage(interval, slope))
})

test('95 % intervals of a reliability hold the truth in 95 % of simulated crowds', () => {
  const eta = [0.9, 0.8, 0.7, 0.85]
  const interval = (trial: number) => {
    const draws = uniforms(trial, 400)
    const said: PairVote[] = Array.from({ length: 400 }, (_, i) => ({
      item: i >> 2,
      cluster: i >> 2,
      annotator: i & 3,
      first: draws[i]! < eta[i & 3]!,
    }))
    return reliabilities(said, 4)[1]!
  }
  nominal(coverage(interval, 0.8))
})

/** A ranking of four whose places, a first, have Gumbel noise of scale .8 on them: pairs d places apart come out right with σ(d/.8). */
const noisy = (draws: number[]) =>
  [...'abcd']
    .map((id, place) => ({ id, score: -place - 0.8 * Math.log(-Math.log(draws[place]!)) }))
    .sort((one, other) => other.score - one.score)
    .map(({ id }) => [id])
const apart = [1, 1, 1, 2, 2, 3].map((d) => 1 / (1 + Math.exp(-d / 0.8)))
const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const right = meanOf(apart)
const key = [...'abcd'].map((id) => [id])

test('95 % intervals of accuracy against a key hold the truth in 95 % of simulated annotators', () => {
  const graded = (draws: number[], items: number) =>
    Array.from({ length: items }, (_, i) => keyCredit(key, noisy(draws.slice(4 * i))))
  nominal(coverage((trial) => clusteredShare(graded(uniforms(trial, 60), 15))!, right))
  nominal(coverage((trial) => clusteredShare(graded(uniforms(trial, 240), 60))!, right))
  const lately = (trial: number) => {
    const items = graded(uniforms(trial, 320), 80)
    return shareDifference(clusteredShare(items.slice(60))!, clusteredShare(items.slice(0, 60))!)
  }
  nominal(coverage(lately, 0))
})

test('95 % intervals of the mean τ of repeated rankings hold the truth in 95 % of simulated annotators', () => {
  const interval = (trial: number) => {
    const draws = uniforms(trial, 160)
    const units = Array.from({ length: 20 }, (_, i) => {
      const { tau } = sameness(noisy(draws.slice(8 * i)), noisy(draws.slice(8 * i + 4)))
      return Float64Array.of(1, tau!)
    })
    const tau = (sums: Float64Array) => sums[1]! / sums[0]!
    return bootstrapSums(units, { tau }, { seed: trial, resamples: 300 }).tau!
  }
  // Two standard errors of 2000 trials are 1 %.
  nominal(coverage(interval, meanOf(apart.map((p) => (2 * p - 1) ** 2)), 2000))
})
