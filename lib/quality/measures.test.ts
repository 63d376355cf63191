import fc from 'fast-check'
import { expect, test } from 'vitest'
import { agreementByAnnotator, agreementFigures, agreementOfTwo, gradeAgreement } from './agreement.ts'
import { annotatorModel } from './annotator-model.ts'
import type { Judgement } from './judgements.ts'
import { biasOf, firstShownRate } from './measures.ts'
import { periodsOf } from './periods.ts'

const judgement = (change: Partial<Judgement>): Judgement => ({
  annotatorId: 'ada',
  comparisonId: 'c1',
  batchId: null,
  tags: [],
  groups: [['a'], ['b']],
  edited: false,
  shownOrder: ['a', 'b'],
  strength: null,
  millisecondsSpent: 1000,
  createdAt: new Date(0),
  lengths: { a: 100, b: 100 },
  ...change,
})

/** 'ada a>b=c' and so on, of one comparison. */
const said = (comparisonId: string, ...lines: string[]) =>
  lines.map((line) => {
    const [annotatorId, order] = line.split(' ') as [string, string]
    return judgement({ annotatorId, comparisonId, groups: order.split('>').map((group) => group.split('=')) })
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

test('raw agreement counts the pairs that two ordered strictly', () => {
  // a>b>c against a>c>b: ab and ac alike, bc not. b=c and no d: ab and ac are left. Nothing in common: nothing.
  expect(agreementFigures(said('c', 'ada a>b>c', 'bo a>c>b')).agreement).toMatchObject({ n: 3, rate: 2 / 3 })
  expect(agreementFigures(said('c', 'ada a>b>c>d', 'bo a>b=c')).agreement).toMatchObject({ n: 2, rate: 1 })
  expect(agreementFigures(said('c', 'ada a>b', 'bo c>d'))).toMatchObject({ comparisons: 0, agreement: null })
  expect(agreementFigures([])).toMatchObject({ alpha: null, fleissKappa: null, tau: null })
})

test('α counts each pair both ways round, so it is no matter which of the two is called first', () => {
  // Two agree on three pairs of four: p_o = ¾, chance ½ by symmetry; n = 8: α = 1 − (8 − 1)·(8·¼) / (2·4·4) = .5625.
  const agreed = ['c1', 'c2', 'c3'].flatMap((id) => said(id, 'ada a>b', 'bo a>b'))
  const one = agreementFigures([...agreed, ...said('c4', 'ada a>b', 'bo b>a')])
  expect(one.alpha!.value).toBeCloseTo(0.5625, 12)
  expect(one.fleissKappa!.value).toBeCloseTo((0.75 - 0.5) / 0.5, 12)
  expect(one.comparisons).toBe(4)
  const turned = [...said('c1', 'ada b>a', 'bo b>a'), ...agreed.slice(2), ...said('c4', 'ada a>b', 'bo b>a')]
  expect(agreementFigures(turned).alpha).toEqual(one.alpha)
})

test('a tie against a winner is a whole disagreement, or half of one where it is graded', () => {
  const figures = agreementFigures([...said('c1', 'ada a>b', 'bo a>b'), ...said('c2', 'ada a=b', 'bo a>b')])
  // Coincidences, n = 4: first 1.5, second 1.5, tie 1. Nominal: D_o = 2, Σ n_c n_k = 2·(2.25 + 1.5 + 1.5) = 10.5.
  expect(figures.alpha!.value).toBeCloseTo(1 - (3 * 2) / 10.5, 12)
  // Interval over −1, 0, 1: observed 2·1, expected 2·(2.25·4 + 1.5 + 1.5) = 24.
  expect(figures.alphaGraded!.value).toBeCloseTo(1 - (3 * 2) / 24, 12)
})

test('rankings of three and more have a mean τ_b', () => {
  const figures = agreementFigures([
    ...said('c1', 'ada a>b>c', 'bo a>b>c'),
    ...said('c2', 'ada a>b>c', 'bo c>b>a'),
  ])
  expect(figures.tau).toMatchObject({ value: 0, units: 2 })
  expect(agreementFigures(said('c', 'ada a>b', 'bo a>b')).tau).toBeNull()
})

test('agreement is complete with oneself, and no figure depends on the order of the rankings', () => {
  fc.assert(
    fc.property(groupsOf, groupsOf, (one, other) => {
      const both = [judgement({ groups: one }), judgement({ annotatorId: 'bo', groups: other })]
      expect(agreementFigures(both)).toEqual(agreementFigures(both.toReversed()))
      const { agreement } = agreementFigures([both[0]!, judgement({ annotatorId: 'bo', groups: one })])
      expect(agreement?.rate ?? 1).toBe(1)
    }),
    { numRuns: 50 },
  )
})

test('annotators are measured against all others, and by twos with κ', () => {
  const all = [
    ...said('c1', 'ada a>b', 'bo b>a', 'cy a>b'),
    ...said('c2', 'ada a>b', 'bo a>b'),
    ...said('c3', 'ada a>b'),
  ]
  const { agreement, comparisons } = agreementByAnnotator(all).get('ada')!
  expect([agreement!.n, agreement!.rate, comparisons]).toEqual([3, 2 / 3, 2])
  const twos = agreementOfTwo(all)
  expect(twos.map(({ a, b, agreement }) => [a, b, agreement!.n, agreement!.rate])).toEqual([
    ['ada', 'bo', 2, 0.5],
    ['ada', 'cy', 1, 1],
    ['bo', 'cy', 1, 0],
  ])
  // ½ agree, ½ by chance.
  expect(twos[0]!.cohenKappa!.value).toBeCloseTo(0, 12)
})

test('grades agree in order: one step apart is less of a disagreement than the other side', () => {
  const graded = (comparisonId: string, one: [string, number], other: [string, number]) =>
    [one, other].map(([order, strength], index) => ({
      ...said(comparisonId, `${index} ${order}`)[0]!,
      strength,
    }))
  const near = [...graded('c1', ['a>b', 4], ['a>b', 3]), ...graded('c2', ['b>a', 1], ['b>a', 1])]
  const far = [...graded('c1', ['a>b', 4], ['b>a', 3]), ...graded('c2', ['b>a', 1], ['b>a', 1])]
  expect(gradeAgreement(near)!.value).toBeGreaterThan(gradeAgreement(far)!.value)
  expect(gradeAgreement(said('c', 'ada a>b', 'bo a>b'))).toBeNull()
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

test('length bias is told apart from position bias', () => {
  // b is twice as long. It wins 6 of 8 wherever it stands: logit(6/8) for a doubling, and nothing for the place.
  const rows = Array.from({ length: 16 }, (_, i) =>
    judgement({
      comparisonId: `c${i}`,
      groups: i % 8 < 6 ? [['b'], ['a']] : [['a'], ['b']],
      shownOrder: i < 8 ? ['a', 'b'] : ['b', 'a'],
      lengths: { a: 50, b: 100 },
    }),
  )
  const { longer, earlier } = biasOf(rows)
  expect([longer!.rate, earlier!.rate]).toEqual([expect.closeTo(0.75, 9), expect.closeTo(0.5, 9)])
  expect(longer).toMatchObject({ n: 16 })
  // Of equal lengths only the place is left.
  const alike = biasOf(rows.map((row) => ({ ...row, lengths: { a: 9, b: 9 } })))
  expect(alike.longer).toBeNull()
  expect(alike.earlier!.rate).toBeCloseTo(0.5, 9)
  expect(biasOf([])).toEqual({ longer: null, earlier: null })
})

test('who tosses a coin weighs least, and verdicts say so', () => {
  const all = Array.from({ length: 60 }, (_, i) =>
    said(`c${i}`, 'ada a>b', 'bo a>b', 'cy a>b', i % 2 ? 'di b>a' : 'di a>b'),
  ).flat()
  const model = annotatorModel(all)
  expect(model.get('di')!.reliability!.value).toBeCloseTo(0.5, 1)
  expect(model.get('di')!.weight).toBeLessThan(0.5)
  expect(model.get('ada')!.verdicts!.same).toBeGreaterThan(0.95)
  expect(model.get('di')!.verdicts!.other).toBeCloseTo(0.5, 1)
  expect(annotatorModel(said('c', 'ada a>b')).get('ada')).toEqual({
    reliability: null,
    weight: 1,
    verdicts: null,
  })
})

test('periods are the shortest of which 24 are enough, and weeks begin on Mondays', () => {
  const at = (time: string) => new Date(time)
  expect(periodsOf([at('2026-03-04T10:00:10Z'), at('2026-03-04T10:12:00Z')]).unit).toBe('minute')
  expect(periodsOf([at('2026-03-01T10:00:00Z'), at('2026-03-20T10:00:00Z')]).unit).toBe('day')
  const weeks = periodsOf([at('2026-01-01T10:00:00Z'), at('2026-03-20T10:00:00Z')])
  expect(weeks.unit).toBe('week')
  expect(new Date(weeks.start(at('2026-03-04T10:00:00Z'))).toISOString()).toBe('2026-03-02T00:00:00.000Z')
  expect(periodsOf([]).unit).toBe('minute')
})
