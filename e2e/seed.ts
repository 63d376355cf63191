import { type APIRequestContext, expect } from '@playwright/test'
import { send } from './api.ts'
import { importLines, jsonl, tiny } from './texts.ts'

interface Page<T> {
  items: T[]
}
interface Version {
  id: string
  kind: 'POLICY' | 'REWARD'
}
interface Assignment {
  id: string
  completions: { id: string }[]
}

/** Launches a run over HTTP and waits for its end. */
export async function run(
  api: APIRequestContext,
  body: { kind: string; name: string; config: object } & Record<string, unknown>,
): Promise<{ id: string; modelVersions: Version[] }> {
  const launched = await send<{ run: { id: string } }>(api, 'POST', '/api/runs', body)
  return finished(api, launched.run.id)
}

export async function finished(
  api: APIRequestContext,
  id: string,
): Promise<{ id: string; attempts: number; modelVersions: Version[] }> {
  const read = () =>
    send<{ id: string; attempts: number; status: string; modelVersions: Version[] }>(
      api,
      'GET',
      `/api/runs/${id}`,
    )
  await expect
    .poll(async () => (await read()).status, { timeout: 120_000 })
    .not.toMatch(/QUEUED|RUNNING|STOPPING/)
  const ended = await read()
  expect(ended).toMatchObject({ status: 'SUCCEEDED' })
  return ended
}

/** One round of the loop over HTTP, unless a journey has gone round already. */
export async function seedLoop(api: APIRequestContext): Promise<void> {
  const evaluations = await send<Page<{ status: string }>>(api, 'GET', '/api/evaluations')
  if (evaluations.items.some(({ status }) => status === 'SUCCEEDED')) return
  await send(api, 'POST', '/api/prompts/import?tag=parcels', jsonl(importLines()))
  const base = await run(api, { kind: 'SFT', name: 'base', config: tiny.sft })
  const policyId = base.modelVersions[0]!.id
  await run(api, {
    kind: 'GENERATE',
    name: 'answers',
    policyId,
    config: tiny.generate,
    promptFilter: { split: 'TRAIN' },
  })
  const batch = 'seeded'
  await send(api, 'POST', '/api/comparisons', { batch, size: 3, overlap: 1, limit: 4 })
  await rankAll(api, batch, 3)
  const dataset = await send<{ id: string }>(api, 'POST', '/api/datasets', {
    name: 'seeded',
    filter: { ties: 'drop' },
  })
  const judge = await run(api, {
    kind: 'REWARD',
    name: 'judge',
    policyId,
    datasetId: dataset.id,
    config: tiny.reward,
  })
  const rewardId = judge.modelVersions[0]!.id
  const ppo = await run(api, { kind: 'PPO', name: 'sharper', policyId, rewardId, config: tiny.ppo })
  const versionBId = ppo.modelVersions.find(({ kind }) => kind === 'POLICY')!.id
  const evaluation = await send<{ runId: string }>(api, 'POST', '/api/evaluations', {
    versionAId: policyId,
    versionBId,
    rewardId,
    responseLength: 12,
  })
  await finished(api, evaluation.runId)
}

/** Ranks the first `count` comparisons of a batch in the order they are shown. */
async function rankAll(api: APIRequestContext, batch: string, count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    const { assignment } = await send<{ assignment: Assignment }>(api, 'POST', '/api/queue/claim', { batch })
    await send(api, 'POST', '/api/rankings', {
      assignmentId: assignment.id,
      groups: assignment.completions.map(({ id }) => [id]),
      millisecondsSpent: 1000,
      idempotencyKey: assignment.id,
    })
  }
}
