import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootstrapCounts } from './bootstrap.ts'
import { calibrationOf, fitTemperature } from './calibration.ts'
import { uniform } from './philox.ts'
import { deviationOfHeads } from './uncertainty.ts'

const logit = (p: number) => Math.log(p / (1 - p))

test('the calibration error is the mean distance of the probability from the share that is right', () => {
  // Bin [.9, .95): p = .92 four times, three right: |.75 − .92| = .17. Bin [.6, .65): p = .62 twice, one right: |.5 − .62| = .12.
  const logits = [...Array(3).fill(logit(0.92)), -logit(0.92), logit(0.62), -logit(0.62)]
  const { ece, bins, logLoss } = calibrationOf(logits)
  expect(ece).toBeCloseTo((4 * 0.17 + 2 * 0.12) / 6, 10)
  expect(logLoss).toBeCloseTo(
    -(3 * Math.log(0.92) + Math.log(0.08) + Math.log(0.62) + Math.log(0.38)) / 6,
    10,
  )
  expect(bins.map(({ count }) => count)).toEqual([0, 0, 2, 0, 0, 0, 0, 0, 4, 0])
  expect(bins[8]!.confidence).toBeCloseTo(0.92, 10)
  expect(bins[8]!.accuracy).toBe(0.75)
  expect(bins[0]).toEqual({ from: 0.5, to: 0.55, count: 0, confidence: null, accuracy: null })
})

test('a difference of nothing is half right, and certainty stays in the last bin', () => {
  expect(calibrationOf([0, 0]).ece).toBe(0)
  expect(calibrationOf([900]).bins.at(-1)).toMatchObject({ count: 1, confidence: 1, accuracy: 1 })
  expect(calibrationOf([-900]).logLoss).toBe(900)
})

test('the fitted temperature is the known one where outcomes are drawn at it', () => {
  const drawn = Array.from({ length: 4000 }, (_, i) => {
    const size = 4 * uniform(7, 'sampling', 0, 0, i)
    // Right with probability σ(size / 2.5)
    return uniform(7, 'sampling', 0, 1, i) < 1 / (1 + Math.exp(-size / 2.5)) ? size : -size
  })
  expect(fitTemperature(drawn)).toBeCloseTo(2.5, 0)
  const { temperature } = calibrationOf(drawn)
  const { ece } = calibrationOf(drawn.map((each) => each / temperature!))
  expect(ece).toBeLessThan(calibrationOf(drawn).ece / 3)
})

test('no temperature beats its neighbours, and there is none where all pairs are right or most are wrong', () => {
  const logits = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 30 })
  fc.assert(
    fc.property(logits, (all) => {
      const temperature = fitTemperature(all)
      if (temperature === null) return
      const loss = (by: number) => calibrationOf(all.map((each) => each / (temperature * by))).logLoss
      expect(loss(1)).toBeLessThanOrEqual(Math.min(loss(0.9), loss(1.1)) + 1e-9)
    }),
    { numRuns: 50 },
  )
  expect(fitTemperature([1, 2, 3])).toBeNull()
  expect(fitTemperature([-1, -2, 1])).toBeNull()
})

test('a bootstrap sample draws as many as there are, others for another sample, the same again for the same', () => {
  const counts = bootstrapCounts(3, 0, 500)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500)
  // (1 − 1/500)^500 ≈ e⁻¹ are never drawn.
  expect(counts.filter((count) => count === 0).length / 500).toBeCloseTo(Math.exp(-1), 1)
  expect(bootstrapCounts(3, 0, 500)).toEqual(counts)
  expect(bootstrapCounts(3, 1, 500)).not.toEqual(counts)
})

test('the uncertainty of heads is their unbiased deviation', () => {
  // 1, 2, 6: mean 3, Σ squares 4 + 1 + 9 = 14, √(14 / 2)
  expect(deviationOfHeads([1, 2, 6, 4, 4, 4], 3)).toEqual(Float32Array.of(Math.sqrt(7), 0))
  expect(deviationOfHeads([5, 9], 1)).toEqual(Float32Array.of(0, 0))
})
