import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../../auth/actor.ts'
import { datasetFilter } from '../../datasets/dataset-filter.ts'
import { makeDataset } from '../../datasets/make-dataset.ts'
import { compareCompletions, rank } from '../../datasets/testing-rankings.ts'
import { db } from '../../db.ts'
import { listModels, listModelsInput } from '../../models/list-models.ts'
import { showModel } from '../../models/show-model.ts'
import { promptHash } from '../../prompts/messages.ts'
import { launchRun, launchRunInput } from '../../runs/launch.ts'
import { artifacts } from '../../storage/artifacts.ts'
import { makeMember, makeWorkspace } from '../../testing/fixtures.ts'
import { carryOut, testInstallation, tinyModel, tinySettings } from '../testing.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor
beforeAll(async () => {
  installation = await testInstallation()
  actor = await makeMember((await makeWorkspace()).id, 'RESEARCHER')
})
afterAll(() => installation?.drop())

async function made(input: object) {
  const { run } = await launchRun(actor, launchRunInput.parse({ name: 'a run', ...input }))
  const ended = await carryOut(run.id)
  expect(ended, ended.errorMessage ?? '').toMatchObject({ status: 'SUCCEEDED' })
  const version = await db.modelVersion.findFirstOrThrow({ where: { runId: run.id } })
  return { version, model: await showModel(actor, { id: version.id }) }
}

const improved = 'We will send a new lamp today.'

/** 8 prompts to train on and 4 held out, each with two imported answers of which the first is better; once it was improved. */
async function preferences(): Promise<string> {
  const { workspaceId } = actor
  for (let i = 0; i < 12; i++) {
    const messages = [{ role: 'user' as const, content: `Lamp ${i} is broken.` }]
    const texts = ['We will send a new lamp.', 'No.']
    await db.prompt.create({
      data: {
        workspaceId,
        messages,
        text: messages[0]!.content,
        split: i < 8 ? 'TRAIN' : 'EVAL',
        contentHash: promptHash(messages),
        completions: {
          create: texts.map((text, at) => ({
            workspaceId,
            text,
            source: 'imported',
            contentHash: `h${i} ${at}`,
          })),
        },
      },
    })
  }
  for (const [index, comparison] of (await compareCompletions(workspaceId, { size: 2, count: 12 })).entries())
    await rank(actor, comparison, [[0], [1]], index === 0 ? { edit: { of: 0, text: improved } } : {})
  return (await makeDataset(actor, { name: 'round 1', filter: datasetFilter.parse({}) })).id
}

test('a relative of PPO samples and is scored, DPO reads preferences, and what stands beside a policy is kept', {
  timeout: 120_000,
}, async () => {
  const datasetId = await preferences()
  const settings = { engine: 'cpu', checkpointEvery: 0 }
  const sft = { ...tinySettings, model: tinyModel, epochs: 1 }
  const { version: base } = await made({ kind: 'SFT', config: sft })
  const policyId = base.id

  const judge = await made({
    kind: 'REWARD',
    config: { ...settings, comparisonsPerBatch: 4, epochs: 1 },
    policyId,
    datasetId,
  })
  const { report, annotators } = judge.model
  expect(report?.heldOut).toMatchObject({ comparisons: 4, pairs: 4, ties: 0 })
  expect(report!.heldOut!.calibration.bins).toHaveLength(10)
  expect(annotators).toEqual({ [actor.userId]: actor.name })
  expect(Object.keys(report!.heldOut!.byAnnotator)).toEqual([actor.userId])
  const listed = await listModels(actor, listModelsInput.parse({ kind: 'REWARD' }))
  expect(listed.items[0]!.card).not.toHaveProperty('report')

  const rewardId = judge.version.id
  const sampling = { ...settings, episodes: 8, batchSize: 4, responseLength: 4 }
  const grpo = await made({
    kind: 'GRPO',
    config: { ...sampling, completionsPerPrompt: 2 },
    policyId,
    rewardId,
  })
  expect(grpo.version).toMatchObject({ kind: 'POLICY', parentId: policyId })
  expect(grpo.model.lineage.steps[0]).toMatchObject({
    run: { kind: 'GRPO' },
    reward: { id: rewardId },
    dataset: { id: datasetId },
  })

  const ppo = await made({
    kind: 'PPO',
    config: { ...sampling, emaDecay: 0.9, lora: { rank: 2 } },
    policyId,
    rewardId,
  })
  expect(ppo.model.card.beside).toMatchObject([
    { kind: 'ema', artifact: `${ppo.version.artifact}-ema` },
    { kind: 'adapter', artifact: `${ppo.version.artifact}-adapter` },
  ])
  const files = await Promise.all(
    ppo.model.card.beside!.map(async ({ artifact }) =>
      readdirSync(await (await artifacts()).localPath(artifact)),
    ),
  )
  expect(files[0]).toContain('model.safetensors')
  expect(files[1]).toContain('adapter_model.safetensors')

  const cut = await db.completion.findFirstOrThrow({ where: { text: 'No.', prompt: { split: 'TRAIN' } } })
  await db.completion.update({ where: { id: cut.id }, data: { finished: false } })
  const dpo = await made({
    kind: 'DPO',
    config: { ...settings, comparisonsPerBatch: 4, responseLength: 4 },
    policyId,
    datasetId,
    rewardId,
  })
  expect(dpo.version).toMatchObject({ kind: 'POLICY', parentId: policyId })
  // Held-out answers were scored, as there is a reward model.
  expect(dpo.model.card.summary).toMatchObject({ scoreAfter: expect.any(Number) })
  expect(dpo.model.card).not.toHaveProperty('beside')
  const trainedOn = (runId: string) => {
    const path = join(installation.home, 'runs', runId, 'data', 'train.jsonl')
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { completions: string[]; pairs: object[]; finished?: boolean[] })
  }
  expect(trainedOn(dpo.version.runId!).filter((line) => line.finished?.includes(false))).toHaveLength(1)
  // The edit is a completion like the others, and wins against both.
  for (const { version } of [judge, dpo]) {
    const edited = trainedOn(version.runId!).filter(({ completions }) => completions.includes(improved))
    expect(edited.map(({ pairs }) => pairs.length)).toEqual([3])
  }
})
