import { expect, test } from 'vitest'
import { activeTimes } from './active-time.ts'

const seconds = (values: number[]) => values.map((value) => value * 1000)
const acts = (...rows: [at: number, spent: number][]) =>
  rows.map(([at, spent]) => ({ at: at * 1000, spent: spent * 1000 }))

test('work is the time between acts, and after a pause the time the page measured', () => {
  // 20 s at first, 30 s since then, a pause of 10 minutes before 15 s, 40 s since then though the page saw only 25.
  const found = activeTimes(acts([100, 20], [130, 25], [730, 15], [770, 25]))
  expect(found).toEqual(seconds([20, 30, 15, 40]))
})

test('answers given offline arrive together and count what each took; a page left open counts five minutes', () => {
  expect(activeTimes(acts([0, 10], [60, 12], [60, 14]))).toEqual(seconds([10, 60, 14]))
  expect(activeTimes(acts([0, 10], [7200, 7200]))).toEqual(seconds([10, 300]))
  expect(activeTimes(acts([0, 0], [300, 8]))).toEqual(seconds([0, 8]))
  expect(activeTimes([])).toEqual([])
})
