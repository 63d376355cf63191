import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextKlCoefficient, nextPenaltyCoefficient } from './kl-controller.ts'

test('the KL coefficient moves by the relative error, at most a fifth, over the horizon', () => {
  // .15·(1 + (6.6/6 − 1)·64/10 000) and, at ten times the target, .15·(1 + .2·64/10 000)
  const settings = { samples: 64, target: 6, horizon: 10_000 }
  expect(nextKlCoefficient(0.15, { kl: 6.6, ...settings })).toBeCloseTo(0.15 * (1 + (0.1 * 64) / 10_000), 10)
  expect(nextKlCoefficient(0.15, { kl: 60, ...settings })).toBeCloseTo(0.15 * (1 + (0.2 * 64) / 10_000), 10)
  expect(nextKlCoefficient(0.15, { kl: -60, ...settings })).toBeCloseTo(0.15 * (1 - (0.2 * 64) / 10_000), 10)
})

test('the penalty doubles beyond one and a half times its target, halves below, and stays between', () => {
  const at = (kl: number) => nextPenaltyCoefficient(1, { kl, target: 0.3 })
  expect([0.46, 0.44, 0.3, 0.21, 0.19].map(at)).toEqual([2, 1, 1, 1, 0.5])
})

test('where the KL falls as the coefficient rises, both controllers reach their target', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 5, noNaN: true }),
      fc.double({ min: 0.01, max: 2, noNaN: true }),
      (scale, start) => {
        // KL = scale / β: the fixed points are β = scale / target.
        let [adaptive, penalty] = [start, start]
        for (let step = 0; step < 400; step++) {
          adaptive = nextKlCoefficient(adaptive, {
            kl: scale / adaptive,
            samples: 64,
            target: 0.5,
            horizon: 128,
          })
          penalty = nextPenaltyCoefficient(penalty, { kl: scale / penalty, target: 0.5 })
        }
        expect(scale / adaptive / 0.5).toBeCloseTo(1, 2)
        expect(scale / penalty / 0.5).toBeGreaterThanOrEqual(1 / 1.5)
        expect(scale / penalty / 0.5).toBeLessThanOrEqual(1.5)
      },
    ),
  )
})
