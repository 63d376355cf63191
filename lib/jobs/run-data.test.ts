import { expect, test } from 'vitest'
import { comparisonRow } from './run-data.ts'

const pair = (chosen: string, rejected: string, tie = false) => ({
  comparisonId: 'c',
  prompt: [{ role: 'user', content: 'Question' }],
  chosenId: chosen,
  rejectedId: rejected,
  chosen: `text ${chosen}`,
  rejected: `text ${rejected}`,
  weight: 1,
  margin: tie ? 0 : 0.5,
  tie,
})

test('a comparison is one line: each completion once, pairs by index', () => {
  expect(comparisonRow([pair('a', 'b'), pair('a', 'c'), pair('b', 'c')], 'TRAIN')).toEqual([
    {
      id: 'c',
      prompt: [{ role: 'user', content: 'Question' }],
      completions: ['text a', 'text b', 'text c'],
      pairs: [
        { chosen: 0, rejected: 1, weight: 1, margin: 0.5 },
        { chosen: 0, rejected: 2, weight: 1, margin: 0.5 },
        { chosen: 1, rejected: 2, weight: 1, margin: 0.5 },
      ],
    },
  ])
})

test('a tie pulls both ways with half the weight, and is not held out', () => {
  expect(comparisonRow([pair('a', 'b', true)], 'TRAIN')[0]!.pairs).toEqual([
    { chosen: 0, rejected: 1, weight: 0.5, margin: 0 },
    { chosen: 1, rejected: 0, weight: 0.5, margin: 0 },
  ])
  expect(comparisonRow([pair('a', 'b', true)], 'EVAL')).toEqual([])
})
