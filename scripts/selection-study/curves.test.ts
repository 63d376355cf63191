import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  accuracyAt,
  interval,
  labelsNeeded,
  lead,
  meanCurve,
  type Point,
  ratioToRandom,
  rising,
} from './curves.ts'

const curve = (...accuracies: number[]): Point[] =>
  accuracies.map((accuracy, i) => ({ labels: 100 * 2 ** i, accuracy }))

test('a fall is pooled with what came before it', () => {
  // .75 and .5 become their mean, .625, which is not above the .75 that follows.
  expect(rising(curve(0.5, 0.75, 0.5, 0.75)).map(({ accuracy }) => accuracy)).toEqual([
    0.5, 0.625, 0.625, 0.75,
  ])
  expect(rising(curve(0.9, 0.6, 0.3)).map(({ accuracy }) => accuracy.toFixed(3))).toEqual([
    '0.600',
    '0.600',
    '0.600',
  ])
})

test('a rising curve never falls and keeps the mean of what it smooths', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
      (values) => {
        const smooth = rising(curve(...values)).map(({ accuracy }) => accuracy)
        for (let i = 1; i < smooth.length; i++) expect(smooth[i]).toBeGreaterThanOrEqual(smooth[i - 1]!)
        const sum = (all: number[]) => all.reduce((total, value) => total + value, 0)
        expect(sum(smooth)).toBeCloseTo(sum(values), 9)
      },
    ),
  )
})

test('labels and accuracies are read off between the points, on a logarithmic scale', () => {
  const own = curve(0.6, 0.7, 0.8)
  // Half-way from .6 to .7 is half-way from ln 100 to ln 200: 100·√2.
  expect(labelsNeeded(own, 0.65)).toBeCloseTo(141.421356, 6)
  expect(accuracyAt(own, 100 * Math.SQRT2)).toBeCloseTo(0.65, 12)
  expect(labelsNeeded(own, 0.5)).toBe(100)
  expect(labelsNeeded(own, 0.8)).toBeCloseTo(400, 9)
  expect(labelsNeeded(own, 0.81)).toBeNull()
  expect(() => accuracyAt(own, 500)).toThrow('the curve ends before 500 labels')
})

test('what comes there with half the labels has the ratio one half, and one that never does counts all of its labels', () => {
  const random = [curve(0.6, 0.7, 0.8), curve(0.5, 0.7, 0.9)]
  const better = [curve(0.7, 0.8, 0.8), curve(0.7, 0.9, 0.9)]
  const { ratios, mean, low, unreached } = ratioToRandom(better, random, 400)
  for (const ratio of ratios) expect(ratio).toBeCloseTo(0.5, 9)
  expect(mean).toBeCloseTo(0.5, 9)
  expect(low).toBeCloseTo(0.5, 9)
  expect(unreached).toBe(0)
  // .75 is half-way from 200 to 400 for random: 282.84; the other has .7 after 400: 400 / 282.84.
  const worse = ratioToRandom([curve(0.5, 0.6, 0.7)], [random[0]!], 200 * Math.SQRT2)
  expect(worse.unreached).toBe(1)
  expect(worse.mean).toBeCloseTo(Math.SQRT2, 9)
  expect(worse.low).toBeNull()
})

test('the lead is taken seed by seed', () => {
  const random = [curve(0.5, 0.6, 0.7), curve(0.6, 0.7, 0.8)]
  const other = [curve(0.5, 0.65, 0.75), curve(0.6, 0.75, 0.85)]
  // Of both seeds .05 below after 200 labels what random has after 400.
  const { mean, low, high } = lead(other, 200, random, 400)
  for (const value of [mean, low!, high!]) expect(value).toBeCloseTo(-0.05, 9)
})

test('the interval over five seeds is Student’s', () => {
  // mean 3, deviation √2.5, standard error √.5 = .707107, t₄ = 2.7764: ± 1.963212
  const { mean, low, high } = interval([1, 2, 3, 4, 5])
  expect(mean).toBe(3)
  expect(low).toBeCloseTo(1.036788, 5)
  expect(high).toBeCloseTo(4.963212, 5)
  expect(() => interval(new Array(11).fill(1))).toThrow('11 seeds')
})

test('the mean curve is the mean at each number of labels', () => {
  expect(meanCurve([curve(0.5, 0.75), curve(0.25, 1)])).toEqual(curve(0.375, 0.875))
})
