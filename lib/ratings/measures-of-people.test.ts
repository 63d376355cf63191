import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { logit } from './logit.ts'
import { normalCdf, normalQuantile, student95 } from './normal.ts'
import { medianOf, modifiedZScores, timeOutliers } from './outliers.ts'
import { drawIndices, philox } from './philox.ts'

/** Of scipy and statsmodels: fixtures/make.py. */
const peer = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/agreement.json'), 'utf8'))

test('logit with clusters is that of statsmodels', () => {
  const { x, y, cluster, values, standardErrors, intervals } = peer.logit
  const found = logit(y.map((each: 0 | 1, i: number) => ({ x: x[i], y: each, cluster: String(cluster[i]) })))!
  found.forEach((each, i) => {
    expect(each.value).toBeCloseTo(values[i], 8)
    expect(each.standardError).toBeCloseTo(standardErrors[i], 8)
    expect(each.low).toBeCloseTo(intervals[i][0], 7)
    expect(each.high).toBeCloseTo(intervals[i][1], 7)
  })
})

test('logit has no estimate where there is none', () => {
  const separated = [-2, -1, 1, 2].map((x) => ({ x: [x], y: (x > 0 ? 1 : 0) as 0 | 1 }))
  expect(logit(separated)).toBeNull()
  expect(logit([])).toBeNull()
  const twice = [0, 1, 0, 1, 1].map((y, i) => ({ x: [i, 2 * i], y: y as 0 | 1 }))
  expect(logit(twice)).toBeNull()
})

test('modified z-scores are those of the median and MAD', () => {
  expect(modifiedZScores(peer.outliers.x.map(Math.log))).toEqual(
    peer.outliers.scores.map((score: number) => expect.closeTo(score, 9)),
  )
  expect(timeOutliers(peer.outliers.x)).toEqual({ fast: 1, slow: 1 })
  expect(timeOutliers([5, 5, 5, 900])).toEqual({ fast: 0, slow: 0 })
  expect([medianOf([9, 1, 4, 2]), medianOf([9, 1, 4]), medianOf([])]).toEqual([3, 4, null])
})

test("the normal distribution is the table's", () => {
  expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 14)
  expect(normalCdf(-3)).toBeCloseTo(0.0013498980316301, 14)
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
})

test("Student's t is the table's", () => {
  const table = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 1000: 1.962 }
  for (const [degrees, value] of Object.entries(table))
    expect(Math.abs(student95(Number(degrees)) - value)).toBeLessThan(0.005)
  expect(student95(0)).toBe(Number.POSITIVE_INFINITY)
})

test('random numbers are those of Random123, and draws reach all indices evenly', () => {
  // Random123's kat_vectors: philox4x32 10.
  const block = new Uint32Array(4)
  const hex = () => [...block].map((word) => word.toString(16).padStart(8, '0')).join(' ')
  philox([0, 0, 0, 0], [0, 0], block)
  expect(hex()).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
  philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], block)
  expect(hex()).toBe('d16cfe09 94fdcceb 5001e420 24126ea1')
  // The same numbers whether or not a row is kept from an earlier draw, and however many are asked for.
  const few = new Int32Array(7)
  const many = new Int32Array(1500)
  drawIndices(7, 0, 3, 1e9, few)
  drawIndices(7, 0, 3, 1e9, many)
  expect([...few]).toEqual([...many.subarray(0, 7)])
  drawIndices(8, 0, 3, 1e9, few)
  const again = new Int32Array(1500)
  drawIndices(7, 0, 3, 1e9, again)
  expect(again).toEqual(many)
  philox([1024 / 4, 3, 0, 0], [7, 0], block)
  expect(many[1024]).toBe(Math.floor((block[0]! / 2 ** 32) * 1e9))
  const drawn = new Int32Array(6000)
  drawIndices(7, 0, 0, 6, drawn)
  const counts = Array.from({ length: 6 }, (_, face) => drawn.filter((each) => each === face).length)
  // Six counts of 1000 ± 29 each: χ² of 5 degrees of freedom is below 20.5 in 99.9 %.
  expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(20.5)
})
