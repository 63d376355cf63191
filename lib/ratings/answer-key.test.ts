import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyCredit, sameness } from './answer-key.ts'
import { clusteredShare, shareDifference } from './clustered-share.ts'
import { wilsonInterval } from './wilson.ts'

/** 'a>b=c' */
const order = (text: string) => (text ? text.split('>').map((group) => group.split('=')) : [])

test('a ranking gets one for each pair ordered as the key does, half for a tie, and what it leaves out does not count', () => {
  // Key ab, ac, bc. Said a>c>b: ab and ac alike, bc not.
  expect(keyCredit(order('a>b>c'), order('a>c>b'))).toEqual({ credit: 2, weight: 3 })
  // ab alike, ac alike, b and c tied.
  expect(keyCredit(order('a>b>c'), order('a>b=c'))).toEqual({ credit: 2.5, weight: 3 })
  // The key ties b and c: ab and ac are asked; c is left out.
  expect(keyCredit(order('a>b=c'), order('b>a'))).toEqual({ credit: 0, weight: 1 })
  expect(keyCredit(order('a=b'), order('a>b'))).toEqual({ credit: 0, weight: 0 })
  expect(keyCredit(order(''), order('a>b'))).toEqual({ credit: 0, weight: 0 })
})

test('a ranking turned round gets what the other did not, and its own key gives it all', () => {
  const groups = fc
    .shuffledSubarray(['a', 'b', 'c', 'd', 'e'])
    .chain((ids) =>
      fc
        .array(fc.nat(3), { minLength: ids.length, maxLength: ids.length })
        .map((places) => ({ ids, places })),
    )
    .map(({ ids, places }) => [...Map.groupBy(ids, (_, i) => places[i]!).values()])
  fc.assert(
    fc.property(groups, groups, (key, said) => {
      const { credit, weight } = keyCredit(key, said)
      expect(keyCredit(key, said.toReversed())).toEqual({ credit: weight - credit, weight })
      const own = keyCredit(key, key)
      expect(own.credit).toBe(own.weight)
      expect(sameness(key, said)).toEqual(sameness(said, key))
    }),
    { numRuns: 50 },
  )
})

test('two rankings are the same in the pairs with the same verdict, ties among them', () => {
  // ab and ac the same; b=c against b>c is not. τ_b: 2 / √(3·2).
  const found = sameness(order('a>b>c'), order('a>b=c'))
  expect(found).toMatchObject({ credit: 2, weight: 3 })
  expect(found.tau).toBeCloseTo(2 / Math.sqrt(6), 12)
  expect(sameness(order('a=b'), order('b=a'))).toEqual({ credit: 1, weight: 1, tau: null })
  expect(sameness(order('a=b=c'), order('a>b>c')).tau).toBeNull()
  expect(sameness(order('a>b'), order('c>d'))).toEqual({ credit: 0, weight: 0, tau: null })
})

test('the interval of a share of pairs is as wide as the items are few and differ', () => {
  // Items 3 of 3, 2 of 3, 1 of 3: p = 6/9. Residuals 1, 0, −1; v = (3/2)·2/81 = 1/27; p(1 − p)/v = (2/9)·27 = 6 of 9 pairs.
  const found = clusteredShare([3, 2, 1].map((credit) => ({ credit, weight: 3 })))!
  expect(found).toMatchObject({ rate: 2 / 3, n: 9, items: 3 })
  const six = wilsonInterval(4, 6)
  expect([found.low, found.high]).toEqual([expect.closeTo(six.low, 12), expect.closeTo(six.high, 12)])
  // Complete agreement in 12 items of 6 pairs is worth 12 trials: 12/(12 + 1.96²) = .757.
  const all = clusteredShare(Array.from({ length: 12 }, () => ({ credit: 6, weight: 6 })))!
  expect(all).toMatchObject({ rate: 1, high: 1, low: expect.closeTo(12 / (12 + 1.959964 ** 2), 6) })
  // Residuals 0: no more than the pairs there are; empty items do not count.
  expect(
    clusteredShare([
      { credit: 0.5, weight: 1 },
      { credit: 0, weight: 0 },
    ]),
  ).toMatchObject({ items: 1, n: 1 })
  expect(clusteredShare([{ credit: 0, weight: 0 }])).toBeNull()
})

test("the difference of two shares has Newcombe's interval", () => {
  // Newcombe (1998), table II, example (a), 56/70 − 48/80, method 10: .0524 … .3339; example (d), 9/10 − 3/10: .1705 … .8090.
  const share = (successes: number, n: number) => ({ rate: successes / n, ...wilsonInterval(successes, n) })
  const found = shareDifference(share(56, 70), share(48, 80))
  expect([found.value, found.low, found.high].map((value) => value.toFixed(4))).toEqual([
    '0.2000',
    '0.0524',
    '0.3339',
  ])
  const small = shareDifference(share(9, 10), share(3, 10))
  expect([small.low, small.high].map((value) => value.toFixed(4))).toEqual(['0.1705', '0.8090'])
})
