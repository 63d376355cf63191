import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type JudgedPair, mergeTies, pairsOfRanking, type Ranking, rankingsOfPairs } from './rankings.ts'

const pair = (chosen: number, rejected: number, more: Partial<JudgedPair> = {}): JudgedPair => ({
  ...{ chosen, rejected, weight: 1, margin: 0, tie: false },
  ...more,
})
const half = (chosen: number, rejected: number) => pair(chosen, rejected, { weight: 0.5 })
const named = (pairs: JudgedPair[]) =>
  pairs.map(({ chosen, rejected, tie }) => `${chosen}${tie ? '=' : '>'}${rejected}`)

test('two reversed halves are a tie in the place of the first; contradictions and single halves stay', () => {
  expect(named(mergeTies([half(0, 1), half(1, 0)]))).toEqual(['0=1'])
  expect(mergeTies([half(0, 1), half(1, 0)])[0]!.weight).toBe(1)
  expect(named(mergeTies([pair(0, 2), half(0, 1), half(1, 0), pair(1, 2)]))).toEqual(['0>2', '0=1', '1>2'])
  // Two people who found the same tie, and two who contradict each other.
  expect(named(mergeTies([half(0, 1), half(1, 0), half(0, 1), half(1, 0)]))).toEqual(['0=1', '0=1'])
  expect(named(mergeTies([pair(0, 1), pair(1, 0)]))).toEqual(['0>1', '1>0'])
  expect(mergeTies([half(0, 1)])).toEqual([half(0, 1)])
  const said = (chosen: number, rejected: number) =>
    pair(chosen, rejected, { weight: 0.5, annotator: `who prefers ${chosen}` })
  expect(named(mergeTies([said(0, 1), said(1, 0)]))).toEqual(['0>1', '1>0'])
})

test('a ranking has each pair of its groups once, and none among those that are only worse', () => {
  const ranking: Ranking = { groups: [[2], [0, 3]], worse: [1, 4], weight: 1, annotator: 'ann' }
  const pairs = pairsOfRanking(ranking)
  expect(named(pairs)).toEqual(['2>0', '2>3', '2>1', '2>4', '0>1', '0>4', '0=3', '3>1', '3>4'])
  expect(pairs.every(({ annotator }) => annotator === 'ann')).toBe(true)
})

test('a ranking is found again in its pairs; where its ties are left out, no other pair is read into them', () => {
  const rankings = fc
    .array(fc.nat(3), { minLength: 2, maxLength: 7 })
    .map((levels) =>
      [...new Set(levels)]
        .sort()
        .map((level) => levels.flatMap((each, place) => (each === level ? [place] : []))),
    )
    .filter((groups) => groups.length > 1)
  fc.assert(
    fc.property(rankings, fc.boolean(), (groups, keepsTies) => {
      const pairs = pairsOfRanking({ groups, worse: [], weight: 1 }).filter(({ tie }) => keepsTies || !tie)
      const found = rankingsOfPairs(pairs.toReversed())
      // What the rankings found imply is what was said, no tie more.
      const said = (all: JudgedPair[]) =>
        named(all)
          .map((each) => (each[1] === '=' ? [...each].sort().join('') : each))
          .sort()
      expect(said(found.flatMap(pairsOfRanking))).toEqual(said(pairs))
      const lacksTies = !keepsTies && groups.slice(0, -1).some((group) => group.length > 1)
      expect(found).toHaveLength(lacksTies ? pairs.length : 1)
      if (lacksTies) return
      const levels = [...found[0]!.groups, found[0]!.worse].filter((level) => level.length > 0)
      expect(levels.map((level) => level.toSorted())).toEqual(groups)
    }),
  )
})

test('those that lost to the best and were never compared are worse than it, not tied', () => {
  expect(rankingsOfPairs([pair(0, 1), pair(0, 2)])).toEqual([{ groups: [[0]], worse: [1, 2], weight: 1 }])
  const tied = [pair(0, 1), pair(0, 2), pair(1, 2, { tie: true })]
  expect(rankingsOfPairs(tied)).toEqual([{ groups: [[0], [1, 2]], worse: [], weight: 1 }])
})

test('pairs that are no ranking are each one of their own', () => {
  const groups = (pairs: JudgedPair[]) => rankingsOfPairs(pairs).map((each) => each.groups)
  expect(groups([pair(0, 1), pair(1, 0)])).toEqual([
    [[0], [1]],
    [[1], [0]],
  ])
  // A circle, and a pair that nobody judged.
  expect(groups([pair(0, 1), pair(1, 2), pair(2, 0)])).toEqual([
    [[0], [1]],
    [[1], [2]],
    [[2], [0]],
  ])
  expect(groups([pair(0, 1), pair(2, 3)])).toEqual([
    [[0], [1]],
    [[2], [3]],
  ])
  expect(groups([pair(0, 1, { tie: true }), pair(0, 2), pair(2, 1)])).toHaveLength(3)
  // Two that both won against a third, of which nobody said that they are as good as each other.
  expect(groups([pair(0, 2), pair(1, 2)])).toEqual([
    [[0], [2]],
    [[1], [2]],
  ])
  // Of three at the end only two were compared.
  expect(groups([pair(0, 1), pair(0, 2), pair(0, 3), pair(1, 2, { tie: true })])).toHaveLength(4)
  // Twice the same pair counts twice.
  expect(groups([pair(0, 1), pair(0, 1)])).toEqual([
    [[0], [1]],
    [[0], [1]],
  ])
})
