import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { datasetFilter } from '../datasets/dataset-filter.ts'
import { makeDataset } from '../datasets/make-dataset.ts'
import { compareCompletions, rank } from '../datasets/testing-rankings.ts'
import { db } from '../db.ts'
import { evaluationConfig } from '../evaluations/config.ts'
import { launchEvaluation, launchEvaluationInput } from '../evaluations/launch-evaluation.ts'
import { showEvaluation } from '../evaluations/show-evaluation.ts'
import { overview } from '../home/overview.ts'
import { showModel } from '../models/show-model.ts'
import { promptHash } from '../prompts/messages.ts'
import { launchRun, launchRunInput } from '../runs/launch.ts'
import { listSamples } from '../runs/samples.ts'
import { showRun } from '../runs/show-run.ts'
import { artifacts } from '../storage/artifacts.ts'
import { makeMember, makeWorkspace } from '../testing/fixtures.ts'
import { carryOut, testInstallation, tinyModel, tinySettings } from './testing.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor
beforeAll(async () => {
  installation = await testInstallation()
  const { id } = await makeWorkspace()
  actor = await makeMember(id, 'RESEARCHER')
})
afterAll(() => installation?.drop())

async function finish(input: object): Promise<string> {
  const { run } = await launchRun(actor, launchRunInput.parse(input))
  const ended = await carryOut(run.id)
  expect(ended, ended.errorMessage ?? '').toMatchObject({ status: 'SUCCEEDED', attempts: 1, errorCode: null })
  return run.id
}

const versionOf = (runId: string) => db.modelVersion.findFirstOrThrow({ where: { runId } })

test('the whole loop turns: base policy, completions, rankings, reward model, PPO, comparison', {
  timeout: 120_000,
}, async () => {
  const { workspaceId } = actor
  // 12 prompts to train on, 4 held out, each with one imported answer.
  for (let i = 0; i < 16; i++) {
    const messages = [{ role: 'user' as const, content: `My lamp number ${i} does not work. Please help.` }]
    const text = i % 2 === 0 ? 'We will send a new lamp.' : 'No.'
    await db.prompt.create({
      data: {
        workspaceId,
        messages,
        text: messages[0]!.content,
        split: i < 12 ? 'TRAIN' : 'EVAL',
        tags: ['lamps'],
        contentHash: promptHash(messages),
        completions: { create: { workspaceId, text, source: 'imported', contentHash: `h${i}` } },
      },
    })
  }
  const sft = await finish({
    kind: 'SFT',
    name: 'base',
    config: { ...tinySettings, model: tinyModel, epochs: 2 },
    seed: 3,
  })
  const base = await versionOf(sft)
  expect(base).toMatchObject({ kind: 'POLICY', version: 1, parentId: null })
  expect(base.card).toMatchObject({ architecture: 'gpt2', layers: 1, width: 16, heads: 2, context: 64 })
  expect(await (await artifacts()).sha256(base.artifact)).toBe(base.sha256)
  const shown = await showRun(actor, { id: sft })
  // 12 examples, 4 a step, 2 epochs.
  expect(shown).toMatchObject({ step: 6, totalSteps: 6, seed: 3 })
  expect(shown.steps.at(-1)?.step).toBe(6)
  expect(shown.engine).toMatch(/^cpu /)
  const files = join(installation.home, 'runs', sft, 'data')
  expect(readFileSync(join(files, 'train.jsonl'), 'utf8').trim().split('\n')).toHaveLength(12)
  expect(readFileSync(join(files, 'eval.jsonl'), 'utf8').trim().split('\n')).toHaveLength(4)

  const sampling = { engine: 'cpu', completionsPerPrompt: 3, responseLength: 6 }
  const generated = await finish({
    kind: 'GENERATE',
    name: 'round 1',
    config: sampling,
    policyId: base.id,
    promptFilter: { tag: 'lamps', limit: 14 },
  })
  const { summary } = await showRun(actor, { id: generated })
  expect(summary).toMatchObject({ sampled: 42 })
  const written = await db.completion.findMany({ where: { modelVersionId: base.id } })
  expect(written).toHaveLength(Number(summary!.kept))
  expect(written[0]).toMatchObject({ source: null, sampler: { temperature: 1, topK: 0, topP: 1, seed: 1 } })

  for (const comparison of await compareCompletions(workspaceId, { size: 3, count: 14 })) {
    await rank(actor, comparison, [[2], [0], [1]])
  }
  const dataset = await makeDataset(actor, { name: 'round 1', filter: datasetFilter.parse({}) })
  // 3 completions in order are 3 pairs; 12 prompts are to train on, 2 are held out.
  expect(dataset).toMatchObject({ pairCount: 42, comparisonCount: 14, trainPairs: 36, evalPairs: 6 })

  const reward = await versionOf(
    await finish({
      kind: 'REWARD',
      name: 'judge',
      config: { engine: 'cpu', comparisonsPerBatch: 6, epochs: 1, checkpointEvery: 0 },
      policyId: base.id,
      datasetId: dataset.id,
    }),
  )
  expect(reward).toMatchObject({ kind: 'REWARD', version: 1, parentId: base.id })

  const ppoRun = await finish({
    kind: 'PPO',
    name: 'sharper',
    config: {
      engine: 'cpu',
      episodes: 8,
      batchSize: 4,
      responseLength: 6,
      epochsPerBatch: 1,
      samplesEvery: 1,
    },
    policyId: base.id,
    rewardId: reward.id,
  })
  const policy = await versionOf(ppoRun)
  expect(policy).toMatchObject({ kind: 'POLICY', version: 2, parentId: base.id, name: 'sharper' })
  const samples = await listSamples(actor, { id: ppoRun })
  expect(samples.items.length).toBeGreaterThan(0)
  expect(samples.items[0]!.kl?.length).toBe(samples.items[0]!.tokens?.length)

  expect((await overview(actor)).next).toMatchObject({
    node: 'compare',
    href: `/compare?a=${base.id}&b=${policy.id}`,
  })
  const launched = await launchEvaluation(
    actor,
    launchEvaluationInput.parse({
      versionAId: base.id,
      versionBId: policy.id,
      engine: 'cpu',
      responseLength: 6,
    }),
  )
  expect(launched.rewardId).toBe(reward.id)
  expect(await carryOut(launched.runId)).toMatchObject({ status: 'SUCCEEDED' })
  const evaluation = await showEvaluation(actor, { id: launched.id })
  expect(evaluation.run?.config).toEqual(evaluationConfig.parse({ engine: 'cpu', responseLength: 6 }))
  const { rewardModel, klA, klB, lengthA, rewardA } = evaluation.summary!
  expect(rewardModel?.n).toBe(4)
  expect(rewardModel!.wins + rewardModel!.losses + rewardModel!.ties).toBe(4)
  expect(klA).toBe(0)
  expect(Number.isFinite(klB)).toBe(true)
  expect(lengthA).toBeGreaterThan(0)
  const judged = evaluation.matches.filter(({ judge }) => judge === 'REWARD_MODEL')
  expect(judged).toHaveLength(4)
  expect(judged.reduce((sum, { scoreA }) => sum + scoreA!, 0) / 4).toBeCloseTo(rewardA!, 6)

  const details = await showModel(actor, { id: policy.id })
  expect(details.parents.map(({ id }) => id)).toEqual([base.id])
  expect(details.lineage.base?.id).toBe(base.id)
  expect(details.lineage.dataset).toMatchObject({ id: dataset.id, rankings: 14, annotators: 1 })
  expect(details.evaluations).toMatchObject([{ id: launched.id, side: 'B', other: { id: base.id } }])
  expect(existsSync(join(installation.home, 'runs', ppoRun, 'trainer.pid'))).toBe(false)
})
