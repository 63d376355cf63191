import { expect, test } from 'vitest'
import { learningRateFactor } from './schedule.ts'

test('linear falls to zero over the run', () => {
  const factors = [0, 1, 2, 3].map((step) =>
    learningRateFactor(step, 4, { schedule: 'linear', warmupRatio: 0 }),
  )
  expect(factors).toEqual([1, 0.75, 0.5, 0.25])
})

test('warm-up rises to the full rate', () => {
  // Two of eight steps: 1/3, 2/3, then 6/6, 5/6 …
  const at = (step: number) => learningRateFactor(step, 8, { schedule: 'linear', warmupRatio: 0.25 })
  expect(at(0)).toBeCloseTo(1 / 3)
  expect(at(1)).toBeCloseTo(2 / 3)
  expect(at(2)).toBe(1)
  expect(at(7)).toBeCloseTo(1 / 6)
  expect(learningRateFactor(7, 8, { schedule: 'constant', warmupRatio: 0.25 })).toBe(1)
})
