import fc from 'fast-check'
import { expect, test } from 'vitest'
import { klPerToken } from './kl.ts'
import { nextKlCoefficient } from './kl-controller.ts'

test('the three estimators of a token whose log-probability rose from −2 to −1.5', () => {
  const [policy, reference] = [Float32Array.of(-1.5), Float32Array.of(-2)]
  // d = .5: k1 = .5; k2 = .25/2; k3 = e^−.5 − 1 + .5 = .6065307 − .5
  expect(klPerToken(policy, reference, 'k1')[0]).toBeCloseTo(0.5, 6)
  expect(klPerToken(policy, reference, 'k2')[0]).toBeCloseTo(0.125, 6)
  expect(klPerToken(policy, reference, 'k3')[0]).toBeCloseTo(0.1065307, 6)
})

test('k2 and k3 are never negative, and all are 0 where the policies agree', () => {
  const logProb = fc.float({ min: -20, max: 0, noNaN: true })
  fc.assert(
    fc.property(logProb, logProb, (left, right) => {
      const [policy, reference] = [Float32Array.of(left), Float32Array.of(right)]
      expect(klPerToken(policy, reference, 'k2')[0]).toBeGreaterThanOrEqual(0)
      expect(klPerToken(policy, reference, 'k3')[0]).toBeGreaterThanOrEqual(-1e-6)
      for (const estimator of ['k1', 'k2', 'k3'] as const)
        expect(klPerToken(policy, policy, estimator)[0]).toBe(0)
    }),
  )
})

test('k1 and k3 have the exact KL as their mean under the policy', () => {
  // p = (.7, .3), q = (.5, .5): KL = .7·ln 1.4 + .3·ln .6 = .2355306 − .1532477 = .0822830
  const [p, q] = [Float32Array.of(0.7, 0.3), Float32Array.of(0.5, 0.5)]
  for (const estimator of ['k1', 'k3'] as const) {
    const each = klPerToken(p.map(Math.log), q.map(Math.log), estimator)
    expect(p[0]! * each[0]! + p[1]! * each[1]!).toBeCloseTo(0.082283, 5)
  }
})

test('the coefficient rises above the target, falls below it, and by at most a fifth a horizon', () => {
  // KL 9, target 6: error .5, cut to .2; n/horizon = 512/10000: .15·(1 + .2·.0512) = .151536
  const next = (kl: number) => nextKlCoefficient(0.15, { kl, samples: 512, target: 6, horizon: 10_000 })
  expect(next(9)).toBeCloseTo(0.151536, 9)
  // KL 5.4: error −.1: .15·(1 − .1·.0512) = .149232
  expect(next(5.4)).toBeCloseTo(0.149232, 9)
  expect(next(6)).toBe(0.15)
  expect(next(-3)).toBeCloseTo(0.15 * (1 - 0.2 * 0.0512), 9)
})
