import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bootstrapSums } from './interval.ts'
import { cohenKappa, fleissKappa, fleissUnit } from './kappa.ts'
import { kendallTau } from './kendall.ts'
import { krippendorffAlpha, type Level } from './krippendorff.ts'

/** Of krippendorff 0.8, scipy and statsmodels: fixtures/make.py. */
const peer = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/agreement.json'), 'utf8'))

const sumOf = (units: Float64Array[]) =>
  units.reduce((sum, unit) => sum.map((value, i) => value + unit[i]!), new Float64Array(units[0]!.length))
const levels: Level[] = ['nominal', 'ordinal', 'interval']
const quick = { seed: 1, resamples: 200 }
const alpha = (units: (number | null)[][], level: Level) => krippendorffAlpha(units, level, quick)

test("α is that of Krippendorff's example with missing values", () => {
  // Krippendorff (2011), Computing Krippendorff's alpha-reliability, part C: .743, .815, .849.
  const data = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
    [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
  ]
  const units = data[0]!.map((_, unit) => data.map((row) => row[unit]!))
  expect(levels.map((level) => alpha(units, level)!.value.toFixed(3))).toEqual(['0.743', '0.815', '0.849'])
  // The unit of one value is not paired: it neither counts nor is resampled.
  expect(alpha(units, 'nominal')!.units).toBe(11)
})

test('α, κ and τ are those of independent implementations', () => {
  for (const level of levels) expect(alpha(peer.alpha.units, level)!.value).toBeCloseTo(peer.alpha[level], 9)
  const { confusion, cohen, counts, fleiss } = peer.kappas
  expect(cohenKappa(confusion.flat(), 4)).toBeCloseTo(cohen, 9)
  expect(fleissKappa(sumOf(counts.map(fleissUnit)))).toBeCloseTo(fleiss, 9)
  expect(kendallTau(peer.tau.x, peer.tau.y)).toBeCloseTo(peer.tau.tau, 9)
})

test("Cohen's κ is that of his table", () => {
  // Cohen (1960), table 2, of 200: p_o = .70, p_e = (.60·.50 + .30·.30 + .10·.20) = .41.
  expect(cohenKappa([88, 14, 18, 10, 40, 10, 2, 6, 12], 3)).toBeCloseTo(0.29 / 0.59, 12)
  expect(cohenKappa([5, 0, 0, 0], 2)).toBeNaN()
})

test("Fleiss' κ is that of his thirty patients", () => {
  // Fleiss (1971): six psychiatrists' diagnoses of 30 patients, κ = .430.
  const patients = [
    '444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445',
    '333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555',
  ].flatMap((line) => line.split(' '))
  const units = patients.map((patient) =>
    fleissUnit([1, 2, 3, 4, 5].map((each) => patient.split(String(each)).length - 1)),
  )
  expect(fleissKappa(sumOf(units)).toFixed(3)).toBe('0.430')
  expect([...fleissUnit([1, 0])]).toEqual([0, 0, 0, 0])
})

test('τ_b counts ties on either side', () => {
  // 6 pairs of 4 items: x ties one, y ties two. P − Q = 3 − 1, √(5·4).
  expect(kendallTau([1, 1, 2, 3], [1, 2, 1, 2])).toBeCloseTo((2 - 1) / Math.sqrt(5 * 4), 12)
  expect(kendallTau([1, 1], [1, 2])).toBeNaN()
  expect(() => kendallTau([1], [1, 2])).toThrow('1 ranks against 2')
})

test('what all say alike is agreement of 1, and neither names nor order of coders matter', () => {
  const units = fc.array(
    fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { minLength: 3, maxLength: 3 }),
    {
      minLength: 2,
      maxLength: 12,
    },
  )
  fc.assert(
    fc.property(units, (table) => {
      for (const level of levels) {
        const found = alpha(table, level)
        const turned = alpha(
          table.map((row) => row.toReversed()),
          level,
        )
        expect(turned?.value ?? null).toEqual(found === null ? null : expect.closeTo(found.value, 9))
        const said = table.map((row) => row.map(() => row[0]!))
        const agreed = alpha(said, level)
        if (agreed) expect(agreed).toMatchObject({ value: 1, low: null, high: null })
      }
    }),
    { numRuns: 30 },
  )
})

test('intervals are those of 400 000 resamples of scipy, within the noise of 20 000', () => {
  const units = peer.spatial.x.map((x: number) => Float64Array.of(1, x, x * x))
  const variance = { variance: (s: Float64Array) => s[2]! / s[0]! - (s[1]! / s[0]!) ** 2 }
  for (const method of ['percentile', 'bca'] as const) {
    const found = bootstrapSums(units, variance, { seed: 2, resamples: 20_000, method }).variance!
    expect(found.value).toBeCloseTo(171.534, 3) // Efron & Tibshirani (1993), §14.2: 171.5
    expect(Math.abs(found.low! - peer.spatial[method][0])).toBeLessThan(2)
    expect(Math.abs(found.high! - peer.spatial[method][1])).toBeLessThan(2)
  }
})

test('the same seed gives the same interval, and what never differs has none', () => {
  const units = [0, 1, 1, 0, 1, 1, 1].map((x) => Float64Array.of(1, x))
  const mean = { mean: (s: Float64Array) => s[1]! / s[0]! }
  expect(bootstrapSums(units, mean, { seed: 5 })).toEqual(bootstrapSums(units, mean, { seed: 5 }))
  expect(bootstrapSums(units.slice(1, 3), mean, { seed: 5 }).mean).toEqual({
    value: 1,
    low: null,
    high: null,
    units: 2,
  })
  expect(bootstrapSums([], mean, { seed: 5 }).mean).toBeNull()
})
