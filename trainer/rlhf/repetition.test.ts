import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repeatedShare } from './repetition.ts'

test('the share of repeated n-grams of small responses', () => {
  // 1 2 1 2 1: bigrams 12 21 12 21, of which 2 of 4 are new; trigrams 121 212 121, of which 2 of 3 are new.
  expect(repeatedShare([1, 2, 1, 2, 1], 2)).toBeCloseTo(2 / 4)
  expect(repeatedShare([1, 2, 1, 2, 1], 3)).toBeCloseTo(1 / 3)
  // 7 7 7 7: three bigrams, one of them new.
  expect(repeatedShare([7, 7, 7, 7], 2)).toBeCloseTo(2 / 3)
  expect(repeatedShare([1, 2, 3, 4], 2)).toBe(0)
  // Tokens are not run together: (1, 12) and (11, 2) differ.
  expect(repeatedShare([1, 12, 11, 2], 2)).toBe(0)
  expect(repeatedShare([1, 2], 3)).toBe(0)
})

test('the share is 0 exactly where all n-grams differ, and does not depend on what the tokens are called', () => {
  const responses = fc.array(fc.nat(3), { maxLength: 20 })
  fc.assert(
    fc.property(responses, fc.integer({ min: 1, max: 4 }), (tokens, n) => {
      const grams = tokens.slice(n - 1).map((_, start) => tokens.slice(start, start + n).join())
      const share = repeatedShare(tokens, n)
      expect(share === 0).toBe(new Set(grams).size === grams.length)
      expect(share).toBeLessThan(1)
      expect(
        repeatedShare(
          tokens.map((token) => 100 - token),
          n,
        ),
      ).toBe(share)
    }),
  )
})
