import { expect, test } from 'vitest'
import { comparisonRow } from './run-data.ts'

const pair = (
  chosen: string,
  rejected: string,
  {
    tie = false,
    rankingId = 'r',
    groups = [['a'], ['b'], ['c']],
    strength = null as number | null,
    editId = null as string | null,
  } = {},
) => ({
  comparisonId: 'c',
  rankingId,
  prompt: [{ role: 'user', content: 'Question' }],
  chosenId: chosen,
  rejectedId: rejected,
  chosen: `text ${chosen}`,
  rejected: `text ${rejected}`,
  weight: 1,
  margin: tie ? 0 : 0.5,
  tie,
  ranking: { groups, strength, editId, annotatorId: `annotator of ${rankingId}` },
})

test('a comparison is one line: each completion once, pairs and the ranking they come from by index', () => {
  const annotator = 'annotator of r'
  expect(comparisonRow([pair('a', 'b'), pair('a', 'c'), pair('b', 'c')])).toEqual({
    id: 'c',
    prompt: [{ role: 'user', content: 'Question' }],
    completions: ['text a', 'text b', 'text c'],
    pairs: [
      { chosen: 0, rejected: 1, weight: 1, margin: 0.5, annotator },
      { chosen: 0, rejected: 2, weight: 1, margin: 0.5, annotator },
      { chosen: 1, rejected: 2, weight: 1, margin: 0.5, annotator },
    ],
    rankings: [{ groups: [[0], [1], [2]], weight: 1, annotator }],
  })
})

test('a tie is named as one, a grade goes with its pair, and each ranking of a comparison is its own', () => {
  const line = comparisonRow([
    pair('a', 'b', { tie: true, groups: [['b', 'a']] }),
    pair('b', 'a', { rankingId: 's', groups: [['b'], ['a']], strength: 3 }),
  ])
  expect(line.pairs).toEqual([
    { chosen: 0, rejected: 1, weight: 1, margin: 0, tie: true, annotator: 'annotator of r' },
    { chosen: 1, rejected: 0, weight: 1, margin: 0.5, strength: 3, annotator: 'annotator of s' },
  ])
  expect(line.rankings.map(({ groups }) => groups)).toEqual([[[1, 0]], [[1], [0]]])
})

test('a completion that the dataset leaves out is in no group', () => {
  const { rankings, completions } = comparisonRow([pair('a', 'c')])
  expect(completions).toEqual(['text a', 'text c'])
  expect(rankings[0]!.groups).toEqual([[0], [1]])
})

test('an edit is one more completion, first in its ranking, and the grade is not of its pairs', () => {
  const more = { groups: [['e'], ['b'], ['a']], strength: 2, editId: 'e' }
  const line = comparisonRow([pair('e', 'b', more), pair('e', 'a', more), pair('b', 'a', more)])
  expect(line.completions).toEqual(['text e', 'text b', 'text a'])
  expect(line.pairs.map(({ strength }) => strength)).toEqual([undefined, undefined, 2])
  expect(line.rankings[0]!.groups).toEqual([[0], [1], [2]])
})

test('completions that ran out of room are told from those that ended, where there are such', () => {
  const group = [pair('a', 'b'), pair('a', 'c')]
  expect(comparisonRow(group, new Set(['c', 'elsewhere'])).finished).toEqual([true, true, false])
  expect(comparisonRow(group, new Set(['elsewhere']))).not.toHaveProperty('finished')
})
