import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Judged, winRate } from './bootstrap.ts'

const matches = (outcomes: string): Judged[] =>
  [...outcomes].map((letter, i) => ({
    promptId: `p${i}`,
    outcome: letter === 'T' ? 'TIE' : (letter as 'A' | 'B'),
  }))

const anyMatches = fc.array(
  fc.record({ promptId: fc.stringMatching(/^[a-h]$/), outcome: fc.constantFrom('A', 'B', 'TIE') }),
  { minLength: 1, maxLength: 60 },
) as fc.Arbitrary<Judged[]>

test('a tie is half a win and the interval is near the binomial one', () => {
  const result = winRate(matches('B'.repeat(60) + 'A'.repeat(30) + 'T'.repeat(10)), { seed: 1 })
  expect(result).toMatchObject({ wins: 60, losses: 30, ties: 10, winRate: 0.65, n: 100 })
  // 0.65 ± 1.96·√((60·0.35² + 30·0.65² + 10·0.15²)/100)/√100 = 0.65 ± 0.0878
  expect(result.low).toBeCloseTo(0.562, 1)
  expect(result.high).toBeCloseTo(0.738, 1)
})

test('the interval of a known input does not change between versions', () => {
  const { low, high } = winRate(matches('BBABTABBBA'), { seed: 7 })
  expect([low, high]).toEqual([0.35, 0.9])
})

test('matches on one prompt count as one observation', () => {
  const independent = winRate(matches('BBBBBAAAAA'), { seed: 3 })
  const clustered = winRate(
    [...'BBBBBAAAAA'].map((o) => ({ promptId: o, outcome: o as 'A' | 'B' })),
    { seed: 3 },
  )
  expect(clustered.n).toBe(2)
  expect(clustered.high - clustered.low).toBeGreaterThan(independent.high - independent.low)
})

test('when every prompt agrees the interval still has a width', () => {
  const { winRate: rate, low, high } = winRate(matches('B'.repeat(20)), { seed: 1 })
  expect(rate).toBe(1)
  expect(high).toBe(1)
  expect(low).toBeCloseTo(0.8389, 4)
})

test('the rate lies in its interval and the interval in [0, 1]', () => {
  fc.assert(
    fc.property(anyMatches, fc.integer(), (judged, seed) => {
      const result = winRate(judged, { seed, resamples: 200 })
      expect(result.low).toBeLessThanOrEqual(result.high)
      expect(result.low).toBeGreaterThanOrEqual(0)
      expect(result.high).toBeLessThanOrEqual(1)
      expect(result.wins + result.losses + result.ties).toBe(judged.length)
    }),
    { numRuns: 100 },
  )
})

test('order does not matter, and swapping the sides mirrors the rate', () => {
  fc.assert(
    fc.property(anyMatches, fc.integer(), (judged, seed) => {
      const result = winRate(judged, { seed, resamples: 100 })
      expect(winRate(judged.toReversed(), { seed, resamples: 100 })).toEqual(result)
      const swapped = judged.map(({ promptId, outcome }) => ({
        promptId,
        outcome: outcome === 'TIE' ? outcome : outcome === 'A' ? ('B' as const) : ('A' as const),
      }))
      const mirrored = winRate(swapped, { seed, resamples: 100 })
      expect(mirrored.winRate).toBeCloseTo(1 - result.winRate, 12)
      expect(mirrored.low).toBeCloseTo(1 - result.high, 12)
    }),
    { numRuns: 50 },
  )
})

test('no matches is an error, not a rate of NaN', () => {
  expect(() => winRate([], { seed: 1 })).toThrow('no matches')
})
