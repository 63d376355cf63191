import fc from 'fast-check'
import { expect, test } from 'vitest'
import { agreementOf, agreementTable, firstShownRate, type Judgement, medianOf } from './measures.ts'

const judgement = (change: Partial<Judgement>): Judgement => ({
  annotatorId: 'ada',
  comparisonId: 'c1',
  groups: [['a'], ['b']],
  shownOrder: ['a', 'b'],
  millisecondsSpent: 1000,
  ...change,
})

const groupsOf = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e']).chain((ids) =>
  fc.array(fc.boolean(), { minLength: ids.length, maxLength: ids.length }).map((together) => {
    const groups: string[][] = []
    for (const [index, id] of ids.entries()) {
      if (together[index] && groups.length) groups.at(-1)!.push(id)
      else groups.push([id])
    }
    return groups
  }),
)

test('agreement counts the pairs that both ordered strictly', () => {
  // a>b>c against a>c>b: ab and ac alike, bc not.
  expect(agreementOf([['a'], ['b'], ['c']], [['a'], ['c'], ['b']])).toEqual({ pairs: 3, alike: 2 })
  // The second ties b and c and leaves d out: ab and ac are left.
  expect(agreementOf([['a'], ['b'], ['c'], ['d']], [['a'], ['b', 'c']])).toEqual({ pairs: 2, alike: 2 })
  expect(agreementOf([], [['a'], ['b']])).toEqual({ pairs: 0, alike: 0 })
})

test('agreement is symmetric, complete with oneself, and none with the reverse', () => {
  fc.assert(
    fc.property(groupsOf, groupsOf, (one, other) => {
      expect(agreementOf(one, other)).toEqual(agreementOf(other, one))
      const { pairs, alike } = agreementOf(one, one)
      expect(alike).toBe(pairs)
      expect(agreementOf(one, one.toReversed())).toEqual({ pairs, alike: 0 })
    }),
  )
})

test('the table adds up over annotators and comparisons', () => {
  const table = agreementTable([
    judgement({}),
    judgement({ annotatorId: 'bo', groups: [['b'], ['a']] }),
    judgement({ annotatorId: 'cy' }),
    judgement({ comparisonId: 'c2' }),
    judgement({ comparisonId: 'c2', annotatorId: 'bo' }),
    judgement({ comparisonId: 'c3' }),
  ])
  expect(table.overall).toEqual({ pairs: 4, alike: 2 })
  expect(table.byAnnotator.get('ada')).toEqual({ pairs: 3, alike: 2 })
  expect(Object.fromEntries(table.byPair)).toEqual({
    'ada bo': { pairs: 2, alike: 1 },
    'ada cy': { pairs: 1, alike: 1 },
    'bo cy': { pairs: 1, alike: 0 },
  })
})

test('the share of firsts leaves ties for best out and knows what chance would give', () => {
  const { share, expected } = firstShownRate([
    judgement({}),
    judgement({ shownOrder: ['b', 'a'] }),
    judgement({ groups: [['a', 'b']] }),
    judgement({ groups: [['a'], ['b', 'c', 'd']], shownOrder: ['a', 'b', 'c', 'd'] }),
  ])
  expect(share).toMatchObject({ rate: 2 / 3, n: 3 })
  expect(expected).toBeCloseTo((0.5 + 0.5 + 0.25) / 3, 12)
  // Wilson, 2 of 3 at 95 %.
  expect(share!.low).toBeCloseTo(0.20766, 4)
  expect(share!.high).toBeCloseTo(0.93851, 4)
  expect(firstShownRate([])).toEqual({ share: null, expected: null })
})

test('the median of an even count is between the two in the middle', () => {
  expect(medianOf([9, 1, 4, 2])).toBe(3)
  expect(medianOf([9, 1, 4])).toBe(4)
  expect(medianOf([])).toBeNull()
})
