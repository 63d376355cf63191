import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { queue } from '../jobs/queue.ts'
import { writeImportedCompletions } from '../jobs/run-data.ts'
import { testInstallation } from '../jobs/testing.ts'
import { artifacts } from '../storage/artifacts.ts'
import { makeMember, makePrompt, makeWorkspace } from '../testing/fixtures.ts'
import { runForms } from './forms.ts'
import { launchRun, launchRunInput, sftArtifact } from './launch.ts'
import { listRuns, listRunsInput } from './list-runs.ts'
import { launchKinds, samplerKinds } from './run-kinds.ts'
import { showRun } from './show-run.ts'

let installation: Awaited<ReturnType<typeof testInstallation>>
let actor: Actor
let policyId: string
let rewardId: string
beforeAll(async () => {
  installation = await testInstallation()
  const { id: workspaceId } = await makeWorkspace()
  actor = await makeMember(workspaceId, 'RESEARCHER')
  const version = (kind: 'POLICY' | 'REWARD') =>
    db.modelVersion.create({
      data: { workspaceId, kind, name: 'm', version: 1, artifact: 'models/none', sha256: '' },
    })
  policyId = (await version('POLICY')).id
  rewardId = (await version('REWARD')).id
})
afterAll(() => installation?.drop())

const launch = (input: object, by = actor) => launchRun(by, launchRunInput.parse({ name: 'a run', ...input }))

test('settings that are wrong are named with their value', async () => {
  const ppo = { kind: 'PPO', policyId, rewardId }
  await expect(launch({ ...ppo, config: { learningRate: -1 } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: 'ppo: learningRate is -1',
  })
  await expect(launch({ ...ppo, config: { learning_rate: 1 } })).rejects.toMatchObject({
    message: 'ppo: learning_rate is not a known setting (it was 1)',
    hint: expect.stringContaining('learningRate'),
  })
  await expect(launch({ ...ppo, config: { batchSize: 10, minibatches: 3 } })).rejects.toThrow(
    'minibatches is 3',
  )
  await expect(launch({ ...ppo, config: { reward: '/etc/passwd' } })).rejects.toThrow('reward names files')
  await expect(launch({ ...ppo, config: { goldGuard: {} } })).rejects.toThrow('goldGuard is {}')
  await expect(
    launch({ ...ppo, kind: 'GRPO', config: { batchSize: 12, completionsPerPrompt: 8 } }),
  ).rejects.toThrow('grpo: completionsPerPrompt is 8')
  await expect(launch({ kind: 'SFT', config: { model: { path: '/etc' } } })).rejects.toThrow(
    'model.path names a file',
  )
  await expect(launch({ kind: 'SFT', config: { model: { init: { layers: 0 } } } })).rejects.toThrow(
    'sft: model.init.layers is 0',
  )
})

test('what a run needs is asked for, what it has no use for is refused', async () => {
  await expect(launch({ kind: 'PPO', policyId })).rejects.toThrow('A PPO run needs rewardId')
  await expect(launch({ kind: 'REWARD', policyId })).rejects.toThrow('A REWARD run needs datasetId')
  await expect(launch({ kind: 'GENERATE', policyId, rewardId })).rejects.toThrow('has no use for rewardId')
  await expect(launch({ kind: 'PPO', policyId: rewardId, rewardId })).rejects.toThrow(
    "policyId names 'm' v1, which is a REWARD, not a POLICY",
  )
  await expect(launch({ kind: 'GENERATE', policyId: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(launch({ kind: 'REWARD', policyId, datasetId: 'none' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  await expect(launch({ kind: 'GENERATE', policyId })).rejects.toThrow('There is no prompt')
  await expect(launch({ kind: 'SCORE' })).rejects.toThrow('A SCORE run needs rewardId')
  await expect(launch({ kind: 'SCORE', rewardId })).rejects.toThrow('No prompt has a completion to score')
  await expect(launch({ kind: 'SCORE', rewardId, config: { tooLong: 'refuse' } })).rejects.toThrow(
    'score: tooLong is chosen by the server (it was "refuse")',
  )
  for (const kind of samplerKinds) {
    await expect(launch({ kind, policyId })).rejects.toThrow(`A ${kind} run needs rewardId`)
    await expect(launch({ kind, policyId, rewardId })).rejects.toThrow('There is no prompt')
  }
  await expect(launch({ kind: 'DPO', policyId, rewardId })).rejects.toThrow('A DPO run needs datasetId')
  await expect(launch({ kind: 'DPO', policyId, datasetId: 'none' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  await expect(launch({ kind: 'SFT' })).rejects.toThrow('has an imported completion')
  expect(await db.run.count()).toBe(0)
})

test('what annotators wrote is no example to fine-tune on', async () => {
  const { id: workspaceId } = await makeWorkspace()
  const { completionIds } = await makePrompt(workspaceId, 'p', ['edited', 'imported'])
  await db.completion.update({ where: { id: completionIds[0] }, data: { source: 'edit' } })
  const path = join(installation.home, 'examples.jsonl')
  expect(await writeImportedCompletions(path, workspaceId, {})).toBe(1)
  expect(readFileSync(path, 'utf8')).toContain('"completion":"imported"')

  await db.completion.delete({ where: { id: completionIds[1] } })
  const researcher = await makeMember(workspaceId, 'RESEARCHER')
  await expect(launch({ kind: 'SFT' }, researcher)).rejects.toThrow('has an imported completion')
})

test('an uploaded file is checked line by line and kept with its run', async () => {
  const line = (i: number) => JSON.stringify({ prompt: `p ${i}`, completion: 'c' })
  await expect(launch({ kind: 'SFT', sftFile: `${line(0)}\n{"prompt": 1}` })).rejects.toThrow(
    'Line 2 of sftFile',
  )
  await expect(launch({ kind: 'SFT', sftFile: '\n' })).rejects.toThrow('no examples')
  const sftFile = Array.from({ length: 200 }, (_, i) => line(i)).join('\n')
  const { run } = await launch({ kind: 'SFT', sftFile, seed: 9 })
  const folder = await (await artifacts()).localPath(sftArtifact(run.id))
  expect(readdirSync(folder).sort()).toEqual(['eval.jsonl', 'train.jsonl'])
  expect(readdirSync(join(installation.home, 'uploads'))).toEqual([])
  expect(await showRun(actor, { id: run.id })).toMatchObject({
    status: 'QUEUED',
    seed: 9,
    config: { seed: 9, epochs: 3, model: { init: { layers: 4 } } },
    steps: [],
  })
})

test('no prompt that the workspace holds out is trained on from a file', async () => {
  const { id } = await makePrompt(actor.workspaceId, 'held by hand')
  await db.prompt.update({ where: { id }, data: { split: 'EVAL' } })
  const line = (prompt: unknown) => JSON.stringify({ prompt, completion: 'c' })
  const held = [{ role: 'user', content: 'held by hand' }]
  const { run } = await launch({
    kind: 'SFT',
    sftFile: [line('held by hand'), line(held), line('x')].join('\n'),
  })
  const folder = await (await artifacts()).localPath(sftArtifact(run.id))
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim().split('\n')
  expect(read('eval.jsonl')).toEqual([line(held), line(held)])
  expect(read('train.jsonl')).toEqual([line([{ role: 'user', content: 'x' }])])
  await db.prompt.delete({ where: { id } })
  await db.run.delete({ where: { id: run.id } })
})

test('a run, its job and its audit row come together', async () => {
  const { id: promptId } = await makePrompt(actor.workspaceId, 'hello', ['good day'])
  expect(promptId).toBeTruthy()
  const boss = await queue()
  await boss.deleteAllJobs('run')
  const { run } = await launch({ kind: 'SFT', config: { epochs: 1 }, promptFilter: { split: 'TRAIN' } })
  const jobs = await boss.findJobs<{ runId: string }>('run')
  expect(jobs.map(({ data }) => data.runId)).toEqual([run.id])
  expect(await db.auditEvent.findFirst({ where: { subject: run.id } })).toMatchObject({
    action: 'run.launch',
    actorId: actor.userId,
  })
  await expect(launch({ kind: 'SFT', policyId: 'gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await boss.findJobs('run')).toHaveLength(1)
})

test('runs are listed by kind and status within their workspace', async () => {
  const list = (input: object, by = actor) => listRuns(by, listRunsInput.parse(input))
  const all = await list({ status: ['QUEUED', 'RUNNING'] })
  expect(all.total).toBe(2)
  expect((await list({ kind: 'PPO' })).items).toEqual([])
  const first = await list({ limit: 1 })
  const second = await list({ limit: 1, cursor: first.nextCursor! })
  expect([first.items[0]!.id, second.items[0]!.id]).toEqual(all.items.map(({ id }) => id))
  expect(second.nextCursor).toBeNull()
  const stranger = await makeMember((await makeWorkspace()).id, 'ADMIN')
  expect((await list({}, stranger)).total).toBe(0)
  await expect(showRun(stranger, { id: all.items[0]!.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  const annotator = await makeMember(actor.workspaceId, 'ANNOTATOR')
  await expect(launch({ kind: 'SFT' }, annotator)).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('the forms describe every setting and no file', async () => {
  const forms = await runForms(actor)
  expect(Object.keys(forms)).toEqual([...launchKinds])
  for (const form of Object.values(forms)) {
    expect(form.required).toEqual([])
    for (const [key, property] of Object.entries(form.properties!)) {
      expect(property, key).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        group: expect.any(String),
        source: expect.any(String),
      })
      expect(property.format, key).not.toBe('path')
    }
  }
  expect(forms.SFT.properties!.model!.properties!.init!.properties).toHaveProperty('layers')
  for (const file of ['data', 'reference', 'goldGuard', 'ptxCoefficient'])
    expect(forms.PPO.properties).not.toHaveProperty(file)
  expect(Object.keys(forms.SCORE.properties!).sort()).toEqual([
    'batchSize',
    'device',
    'engine',
    'precision',
    'seed',
  ])
  expect(existsSync(join(installation.home, 'runs'))).toBe(false)
})
