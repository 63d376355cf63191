import { expect, test } from 'vitest'
import { accuracyBySlice, heldOutAccuracy } from './accuracy.ts'

const right = { scores: [2, 1], pairs: [{ chosen: 0, rejected: 1 }] }
const wrong = { scores: [1, 2], pairs: [{ chosen: 0, rejected: 1 }] }

test('pairs and comparisons in the right order are counted, equal scores half', () => {
  const three = {
    scores: [3, 1, 2],
    pairs: [
      { chosen: 0, rejected: 1 },
      { chosen: 0, rejected: 2 },
      { chosen: 1, rejected: 2 },
    ],
  }
  const tied = { scores: [1, 1], pairs: [{ chosen: 1, rejected: 0 }] }
  const accuracy = heldOutAccuracy([right, wrong, three, tied], 1)
  // Pairs 1 + 0 + 2 + ½ of 6; comparisons right, wrong, right (its best was never rejected), wrong (place 0 is the first of the tied)
  expect(accuracy.pairs).toBeCloseTo(3.5 / 6)
  expect(accuracy.comparisons).toBeCloseTo(2 / 4)
  expect(accuracy.pairCount).toBe(6)
})

test('the interval holds the accuracy, narrows with more comparisons, and is the same every time', () => {
  const few = heldOutAccuracy([...Array(15).fill(right), ...Array(5).fill(wrong)], 7)
  const many = heldOutAccuracy([...Array(150).fill(right), ...Array(50).fill(wrong)], 7)
  expect(few.low).toBeLessThan(0.75)
  expect(few.high).toBeGreaterThan(0.75)
  expect(many.high - many.low).toBeLessThan(few.high - few.low)
  // The normal interval of 200 draws of .75 is ± 1.96·√(.75·.25/200) = ± .06
  expect(many.low).toBeCloseTo(0.69, 1)
  expect(heldOutAccuracy([...Array(15).fill(right), ...Array(5).fill(wrong)], 7)).toEqual(few)
})

test('comparisons without a pair do not count', () => {
  expect(heldOutAccuracy([right, { scores: [1, 2], pairs: [] }], 1).comparisonCount).toBe(1)
})

test('slices hold their own pairs, and a pair without a slice is in none', () => {
  const both = {
    scores: [3, 1, 2],
    pairs: [
      { chosen: 0, rejected: 1, grade: 'much' },
      { chosen: 1, rejected: 2, grade: 'little' },
      { chosen: 0, rejected: 2, grade: null },
    ],
  }
  const slices = accuracyBySlice([both, { ...both, scores: [1, 3, 2] }], ({ grade }) => grade, 1)
  expect(Object.keys(slices)).toEqual(['little', 'much'])
  // 3 > 1 and not 1 > 3; not 1 > 2 but 3 > 2
  expect(slices.much).toMatchObject({ pairs: 0.5, low: 0, high: 1, pairCount: 2 })
  expect(slices.little).toMatchObject({ pairs: 0.5, pairCount: 2 })
})
