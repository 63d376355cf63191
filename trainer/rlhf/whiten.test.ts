import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moments, whiten } from './whiten.ts'

const values = Float32Array.of(1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0)

test('whitening without shifting the mean gives the values of lm-human-preferences, with the biased variance', () => {
  // μ 1.6; σ² = 2·(.4² + .3² + .2² + .1²)/9 = .0666667; (1.2 − 1.6)/.2581989 + 1.6 = .0508067
  const expected = [0.0508, 0.4381, 0.8254, 1.2127, 1.6, 1.9873, 2.3746, 2.7619, 3.1492]
  whiten(values, { shiftMean: false }).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 4)
  })
})

test('whitening gives mean 0 and deviation 1', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 50 }),
      (numbers) => {
        fc.pre(new Set(numbers).size > 1)
        const { mean, variance } = moments(whiten(Float32Array.from(numbers), { shiftMean: true }))
        expect(mean).toBeCloseTo(0, 4)
        expect(variance).toBeCloseTo(1, 4)
      },
    ),
  )
})

test('equal values whiten to 0, not to NaN', () => {
  expect([...whiten(Float32Array.of(3, 3, 3), { shiftMean: true })]).toEqual([0, 0, 0])
})
