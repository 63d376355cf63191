import { expect, it } from 'vitest'
import type { MatchItem } from '../types.ts'
import { biggestLossesFirst, byPrompt } from './match-groups.ts'

const match = (promptId: string, judge: MatchItem['judge'], scoreA: number, scoreB: number): MatchItem => ({
  id: `${promptId} ${judge}`,
  promptId,
  prompt: { messages: [], text: promptId },
  judge,
  outcome: scoreA === scoreB ? 'TIE' : scoreB > scoreA ? 'B' : 'A',
  completionA: 'a',
  completionB: 'b',
  scoreA,
  scoreB,
})
const prompts = byPrompt([
  match('close', 'RUBRIC', 5, 4),
  match('close', 'REWARD_MODEL', 0, 1),
  match('awful', 'RUBRIC', 9, 1),
  match('won', 'RUBRIC', 2, 8),
])
const ids = (list: { promptId: string }[]) => list.map(({ promptId }) => promptId)

it('puts the verdicts of all judges on one prompt together', () => {
  expect(prompts).toHaveLength(3)
  expect(Object.keys(prompts[0]!.judged)).toEqual(['RUBRIC', 'REWARD_MODEL'])
})

it("shows B's biggest losses first, of one outcome when asked", () => {
  expect(ids(biggestLossesFirst(prompts, 'RUBRIC', 'ALL'))).toEqual(['awful', 'close', 'won'])
  expect(ids(biggestLossesFirst(prompts, 'RUBRIC', 'B'))).toEqual(['won'])
  expect(ids(biggestLossesFirst(prompts, 'REWARD_MODEL', 'ALL'))).toEqual(['close'])
})
