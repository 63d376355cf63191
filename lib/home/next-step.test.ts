import { expect, test } from 'vitest'
import { type LoopFacts, nextStep } from './next-step.ts'

const at = (minute: number) => new Date(2026, 0, 1, 0, minute)
const policy = {
  id: 'p',
  name: 'base',
  version: 1,
  learnedPreferences: false,
  parentId: null,
  evaluated: false,
  createdAt: at(0),
}
const reward = { id: 'r', name: 'judge', version: 1, hasPolicy: false }

const empty: LoopFacts = {
  prompts: 0,
  comparablePrompts: 0,
  comparisons: 0,
  rankings: 0,
  rankingsWanted: 0,
  newestRankingAt: null,
  newestComparisonAt: null,
  dataset: null,
  reward: null,
  policy: null,
  newestCompletionAt: null,
  active: new Set(),
}

test('the steps of a round come in order', () => {
  const facts = { ...empty }
  const title = (more: Partial<LoopFacts>) => nextStep(Object.assign(facts, more))?.title
  expect(title({})).toBe('Import prompts')
  expect(title({ prompts: 9 })).toBe('Train a base policy')
  expect(title({ policy })).toBe('Generate completions')
  expect(title({ newestCompletionAt: at(1) })).toBe('Make comparisons')
  expect(title({ comparisons: 3, rankingsWanted: 3, newestComparisonAt: at(2) })).toBe('Rank')
  expect(title({ rankings: 2, newestRankingAt: at(3) })).toBe('Rank')
  expect(title({ rankings: 3, newestRankingAt: at(4) })).toBe('Make a dataset')
  expect(title({ dataset: { id: 'd', createdAt: at(5), hasRewardModel: false } })).toBe(
    'Train a reward model',
  )
  expect(title({ dataset: { id: 'd', createdAt: at(5), hasRewardModel: true }, reward })).toBe(
    'Train with PPO',
  )
  const trained = { ...policy, id: 'q', learnedPreferences: true, parentId: 'p' }
  const turned = { reward: { ...reward, hasPolicy: true }, policy: trained, newestCompletionAt: null }
  expect(title(turned)).toBe('Compare')
  expect(title({ policy: { ...trained, evaluated: true } })).toBe('Generate completions')
  expect(title({ newestCompletionAt: at(9) })).toBe('Make comparisons')
})

test('a snapshot of some of the rankings is enough to go on', () => {
  const facts: LoopFacts = {
    ...empty,
    prompts: 9,
    policy,
    comparisons: 9,
    rankings: 5,
    rankingsWanted: 9,
    newestRankingAt: at(1),
    dataset: { id: 'd', createdAt: at(2), hasRewardModel: false },
  }
  expect(nextStep(facts)).toMatchObject({ node: 'reward', href: '/runs/new?kind=REWARD&datasetId=d' })
  const judged = { ...facts, dataset: { ...facts.dataset!, hasRewardModel: true }, reward }
  expect(nextStep(judged)?.href).toBe('/runs/new?kind=PPO&rewardId=r&policyId=p')
  expect(nextStep({ ...judged, active: new Set(['RLOO'] as const) })).toBeNull()
})

test('nothing is asked while a run is doing it', () => {
  expect(nextStep({ ...empty, prompts: 1, active: new Set(['SFT']) })).toBeNull()
  expect(nextStep({ ...empty, prompts: 1, policy, active: new Set(['GENERATE']) })).toBeNull()
})
