import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../../auth/actor.ts'
import { datasetFilter } from '../../datasets/dataset-filter.ts'
import { makeDataset } from '../../datasets/make-dataset.ts'
import { compareCompletions, rank } from '../../datasets/testing-rankings.ts'
import { db } from '../../db.ts'
import { launchRun, launchRunInput } from '../../runs/launch.ts'
import { makeMember, makePrompt, makeWorkspace } from '../../testing/fixtures.ts'
import { carryOut, testInstallation, tinyModel, tinySettings } from '../testing.ts'
import { scoreRow } from './score.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor
beforeAll(async () => {
  installation = await testInstallation()
  actor = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
})
afterAll(() => installation?.drop())

async function succeeded(input: object) {
  const { run } = await launchRun(actor, launchRunInput.parse({ name: 'a run', ...input }))
  const ended = await carryOut(run.id)
  expect(ended, ended.errorMessage ?? '').toMatchObject({ status: 'SUCCEEDED' })
  return ended
}

test('completions get the scores of every head once, and those too long for the model are counted', {
  timeout: 120_000,
}, async () => {
  const { workspaceId } = actor
  for (let i = 0; i < 6; i++)
    await makePrompt(workspaceId, `Lamp ${i} is broken.`, ['We will send a new lamp.', 'No.'])
  for (const comparison of await compareCompletions(workspaceId, { size: 2, count: 6 }))
    await rank(actor, comparison, [[0], [1]])
  const { id: datasetId } = await makeDataset(actor, { name: 'd', filter: datasetFilter.parse({}) })
  const sft = await succeeded({ kind: 'SFT', config: { ...tinySettings, model: tinyModel, epochs: 1 } })
  const policy = await db.modelVersion.findFirstOrThrow({ where: { runId: sft.id } })
  const trained = await succeeded({
    kind: 'REWARD',
    policyId: policy.id,
    datasetId,
    config: { engine: 'cpu', comparisonsPerBatch: 4, epochs: 1, heads: 2 },
  })
  const { id: rewardId } = await db.modelVersion.findFirstOrThrow({ where: { runId: trained.id } })
  const scoring = { kind: 'SCORE', rewardId, config: { engine: 'cpu', batchSize: 4 } }

  const first = await succeeded({ ...scoring, promptFilter: { limit: 4 } })
  expect(first.summary).toEqual({ scored: 8, already: 0, tooLong: 0 })
  const scores = await db.completionScore.findMany()
  expect(scores).toHaveLength(8)
  for (const { score, heads } of scores) {
    expect(heads).toHaveLength(2)
    expect(score).toBeCloseTo((heads[0]! + heads[1]!) / 2, 4)
  }

  // 64 positions are all the model has.
  await makePrompt(workspaceId, 'Too long', ['word '.repeat(100)])
  const second = await succeeded(scoring)
  expect(second.summary).toEqual({ scored: 4, already: 8, tooLong: 1 })
  expect(await db.completionScore.count()).toBe(12)
  const again = await succeeded({ ...scoring, promptFilter: { limit: 6 } })
  expect(again.summary).toEqual({ scored: 0, already: 12, tooLong: 0 })
})

test('a reward model that gives no number is refused in words', () => {
  expect(() => scoreRow({ id: 'c', score: null }, 'm')).toThrow('gives the completion c no number')
  expect(() => scoreRow({ id: 'c', score: 1, heads: [1, null] }, 'm')).toThrow('no number')
  expect(scoreRow({ id: 'c', score: 1 }, 'm')).toEqual({
    completionId: 'c',
    modelVersionId: 'm',
    score: 1,
    heads: [],
  })
})
