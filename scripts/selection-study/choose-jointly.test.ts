import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseJointly, type PairCandidate } from './choose-jointly.ts'

const of = (owner: number, ...differences: number[]): PairCandidate => ({ owner, differences })

test('a label tells half the logarithm of one more than the spread it resolves', () => {
  // Two heads at ±1: p = ½, p(1 − p) = ¼; the variance is (1² + 1²) / (2 − 1) = 2; ½ log₂(1 + ¼ · 2) = .292481 bits.
  expect(chooseJointly([of(0, 1, -1)], 1)).toEqual([{ index: 0, value: expect.closeTo(0.292481, 6) }])
})

test('what another label has told already is worth less', () => {
  // Four heads. Pairs 0 and 1 vary together, pair 2 independently of them; each has the variance 4/3 at p = ½.
  const pairs = [of(0, 1, 1, -1, -1), of(1, 1, 1, -1, -1), of(2, 0.9, -0.9, 0.9, -0.9)]
  const chosen = chooseJointly(pairs, 3)
  expect(chosen.map(({ index }) => index)).toEqual([0, 2, 1])
  // After the first, pair 1 keeps 4/3 − (4/3)² / (4/3 + 4) = 1: ½ log₂(1 + ¼) = .160964.
  expect(chosen[2]!.value).toBeCloseTo(0.160964, 6)
  // ½ log₂(1 + ¼ · 4/3) = .207519; pair 2 has p as ½ and the variance .81 · 4/3 = 1.08: ½ log₂(1.27) = .172414.
  expect(chosen[0]!.value).toBeCloseTo(0.207519, 6)
  expect(chosen[1]!.value).toBeCloseTo(0.172414, 6)
})

test('of each owner one pair is asked at most, and pairs that all heads agree on come last', () => {
  const pairs = [of(0, 2, 2), of(1, 1, -1), of(1, 0.9, -0.9), of(2, 0.1, -0.1)]
  const chosen = chooseJointly(pairs, 9)
  expect(chosen.map(({ index }) => index)).toEqual([1, 3, 0])
  expect(chosen[2]!.value).toBe(0)
})

test('one head, different numbers of heads and what is not finite are refused', () => {
  expect(() => chooseJointly([of(0, 1)], 1)).toThrow('one head has no deviation')
  expect(() => chooseJointly([of(0, 1, 2), of(1, 1)], 1)).toThrow('pair 1 has 1 heads, the first 2')
  expect(() => chooseJointly([of(0, 1, Number.NaN)], 1)).toThrow('head 1 of pair 0 gives NaN')
})

test('no label tells more than the one before it, and swapping the sides of a pair changes nothing', () => {
  const differences = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(differences, { minLength: 1, maxLength: 8 }), (all) => {
      const pairs = all.map((each, owner) => of(owner, ...each))
      const values = chooseJointly(pairs, 8).map(({ value }) => value)
      expect(values).toHaveLength(all.length)
      for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1]! + 1e-9)
      const swapped = pairs.map(({ owner, differences: own }) => of(owner, ...Array.from(own, (x) => -x)))
      const others = chooseJointly(swapped, 8).map(({ value }) => value)
      for (const [i, value] of others.entries()) expect(value).toBeCloseTo(values[i]!, 6)
    }),
  )
})
