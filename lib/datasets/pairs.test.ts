import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentHash, pairsOf, type RankedComparison } from './pairs.ts'

const all = { ties: 'drop', excludeFlagged: false } as const

function ranking(groups: string[][], more: Partial<RankedComparison> = {}): RankedComparison {
  return {
    rankingId: 'r',
    comparisonId: 'c',
    promptId: 'p',
    messages: [{ role: 'user', content: 'Question' }],
    split: 'TRAIN',
    completions: ['a', 'b', 'c', 'd'].map((id) => ({ id, text: `text ${id}` })),
    editId: null,
    groups,
    strength: null,
    flags: [],
    ...more,
  }
}
const named = (pairs: ReturnType<typeof pairsOf>) =>
  pairs.map(({ chosenId, rejectedId, tie }) => `${chosenId}${tie ? '=' : '>'}${rejectedId}`)

test('every completion of a better group beats every one of a worse group', () => {
  expect(named(pairsOf(ranking([['b'], ['a', 'c'], ['d']]), all))).toEqual([
    'b>a',
    'b>c',
    'b>d',
    'a>d',
    'c>d',
  ])
})

test('ties are pairs without a winner only where they are kept, and completions nobody ranked are in none', () => {
  expect(named(pairsOf(ranking([['c', 'a'], ['b']]), { ...all, ties: 'keep' }))).toEqual([
    'a>b',
    'c>b',
    'a=c',
  ])
  expect(pairsOf(ranking([['a', 'b', 'c', 'd']]), all)).toEqual([])
})

test('what was flagged is left out when asked for: a completion, or the whole prompt', () => {
  const flagged = (target: string) => ranking([['a'], ['b'], ['c']], { flags: [{ target, flag: 'harmful' }] })
  expect(named(pairsOf(flagged('b'), { ...all, excludeFlagged: true }))).toEqual(['a>c'])
  expect(pairsOf(flagged('prompt'), { ...all, excludeFlagged: true })).toEqual([])
  expect(pairsOf(flagged('prompt'), all)).toHaveLength(3)
})

test("margins are Llama 2's, and only of graded pairs", () => {
  const margin = (strength: number | null, groups = [['a'], ['b']]) =>
    pairsOf(ranking(groups, { strength }), all)[0]!.margin
  expect([margin(null), margin(1), margin(2), margin(3), margin(4)]).toEqual([0, 0, 1 / 3, 2 / 3, 1])
  expect(margin(4, [['a'], ['b'], ['c']])).toBe(0)
})

test('an edit wins against all that is ranked, and has no margin; flags on others leave it in', () => {
  const edited = (groups: string[][], more: Partial<RankedComparison> = {}) =>
    ranking([['e'], ...groups], {
      completions: ['a', 'b', 'c', 'e'].map((id) => ({ id, text: `text ${id}` })),
      editId: 'e',
      ...more,
    })
  expect(named(pairsOf(edited([['b'], ['a', 'c']]), { ...all, ties: 'keep' }))).toEqual([
    'e>b',
    'e>a',
    'e>c',
    'b>a',
    'b>c',
    'a=c',
  ])
  expect(named(pairsOf(edited([['b']]), all))).toEqual(['e>b'])
  const graded = pairsOf(edited([['b'], ['a']], { strength: 4 }), all)
  expect(graded.map(({ margin }) => margin)).toEqual([0, 0, 1])
  const flagged = edited([['b'], ['a']], { flags: [{ target: 'b', flag: 'harmful' }] })
  expect(named(pairsOf(flagged, { ...all, excludeFlagged: true }))).toEqual(['e>a'])
})

test('the hash depends on what was said, not on ids or order', () => {
  const one = pairsOf(ranking([['a'], ['b'], ['c']]), all)
  const two = pairsOf(
    ranking([['d'], ['a']], {
      comparisonId: 'c2',
      rankingId: 'r2',
      messages: [{ role: 'user', content: 'Other' }],
    }),
    all,
  )
  const hash = contentHash([...one, ...two])
  expect(contentHash([...two, ...one.toReversed()])).toBe(hash)
  const renamed = [...one, ...two].map((pair) => ({
    ...pair,
    comparisonId: `x${pair.comparisonId}`,
    rankingId: 'y',
    chosenId: `z${pair.chosenId}`,
  }))
  expect(contentHash(renamed)).toBe(hash)
  expect(contentHash(one)).not.toBe(hash)
  const changed = [...one, ...two].map((pair, i) => (i === 0 ? { ...pair, margin: 1 } : pair))
  expect(contentHash(changed)).not.toBe(hash)
  const swapped = [...one, ...two].map((pair, i) =>
    i === 0 ? { ...pair, chosen: pair.rejected, rejected: pair.chosen } : pair,
  )
  expect(contentHash(swapped)).not.toBe(hash)
})

test('K completions in G groups give all their pairs, each once', () => {
  const partition = fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 9 })
    .map((groupOf) => {
      const ids = groupOf.map((_, i) => `k${i}`)
      const groups = [0, 1, 2, 3]
        .map((g) => ids.filter((_, i) => groupOf[i] === g))
        .filter((g) => g.length > 0)
      return { ids, groups }
    })
  fc.assert(
    fc.property(partition, ({ ids, groups }) => {
      const completions = ids.map((id) => ({ id, text: id }))
      const pairs = pairsOf(ranking(groups, { completions }), { ...all, ties: 'keep' })
      expect(pairs).toHaveLength((ids.length * (ids.length - 1)) / 2)
      const place = new Map(groups.flatMap((group, g) => group.map((id) => [id, g] as const)))
      for (const { chosenId, rejectedId, tie } of pairs) {
        const distance = place.get(rejectedId)! - place.get(chosenId)!
        expect(tie ? distance === 0 : distance > 0).toBe(true)
      }
      expect(
        new Set(pairs.map(({ chosenId, rejectedId }) => [chosenId, rejectedId].sort().join())).size,
      ).toBe(pairs.length)
    }),
    { numRuns: 100 },
  )
})
