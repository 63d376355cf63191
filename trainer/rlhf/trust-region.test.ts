import { expect, test } from 'vitest'
import { lineSearch, naturalStep } from './trust-region.ts'

test('the step makes the quadratic KL equal to δ', () => {
  // √(2·.01/8) = .05; ½·.05²·8 = .01
  expect(naturalStep(0.01, 8)).toBeCloseTo(0.05, 12)
  expect(naturalStep(0.01, 0)).toBe(0)
  expect(naturalStep(0.01, -1)).toBe(0)
})

const options = { before: 0, delta: 0.01, shrink: 0.5, trials: 5 }

test('the line search shrinks the step until the KL fits', () => {
  // KL .03·s²: .03 at 1, .0075 at ½.
  const found = lineSearch((s) => ({ surrogate: s, kl: 0.03 * s * s }), options)
  expect(found).toEqual({ fraction: 0.5, tried: 2, accepted: { surrogate: 0.5, kl: 0.0075 } })
})

test('the line search shrinks the step until the surrogate improves', () => {
  // s·(.3 − s) is −.7, −.1, then .0125 at ¼.
  const found = lineSearch((s) => ({ surrogate: s * (0.3 - s), kl: 0 }), options)
  expect([found.fraction, found.tried]).toEqual([0.25, 3])
})

test('where no fraction is good enough nothing is taken', () => {
  const worse = lineSearch((s) => ({ surrogate: -s, kl: 0 }), options)
  expect(worse).toEqual({ fraction: 0, tried: 5, accepted: null })
  const broken = lineSearch(() => ({ surrogate: Number.NaN, kl: Number.NaN }), options)
  expect(broken.fraction).toBe(0)
})
