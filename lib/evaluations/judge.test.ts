import { expect, test } from 'vitest'
import { judge, type Question } from './judge.ts'
import { evaluationSummary } from './summary.ts'

const lamp = 'I forgot my password. What can I do?'

function question(i: number, text: string, rewardA: number | null, rewardB: number | null): Question {
  const answer = (completion: string, reward: number | null, kl: number) => ({
    completion,
    tokens: 4,
    reward,
    kl,
  })
  return { promptId: `p${i}`, text, a: answer('No.', rewardA, 0), b: answer('It rains.', rewardB, 0.5) }
}

test('each judge has its own matches; equal scores are a tie and ties are half a win', () => {
  const questions = [
    question(1, 'x', 0, 1),
    question(2, 'x', 0, 1),
    question(3, 'x', 2, 1),
    question(4, 'x', 1, 1),
  ]
  const { matches, summary } = judge(questions, 1)
  expect(matches.map(({ outcome }) => outcome)).toEqual(['B', 'B', 'A', 'TIE'])
  expect(summary.rewardModel).toMatchObject({ wins: 2, losses: 1, ties: 1, winRate: 0.625, n: 4 })
  expect(summary).toMatchObject({ rewardA: 0.75, rewardB: 1, klA: 0, klB: 0.5, lengthA: 4 })
  // The rubric was not written for these prompts.
  expect(summary).toMatchObject({ rubric: null, rubricA: null })
  expect(evaluationSummary.parse(summary)).toEqual(summary)
})

test('without a reward model only the rubric judges, and only what it knows', () => {
  const { matches, summary } = judge([question(1, lamp, null, null), question(2, 'x', null, null)], 1)
  expect(matches).toMatchObject([{ judge: 'RUBRIC', promptId: 'p1' }])
  expect(summary.rewardModel).toBeNull()
  expect(summary.rewardA).toBeNull()
  expect(summary.rubric?.n).toBe(1)
})
