import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { enqueue, queue } from '../jobs/queue.ts'
import { ancestors } from '../models/ancestors.ts'
import { evaluationConfig } from './config.ts'

export const launchEvaluationInput = z.strictObject({
  name: z.string().trim().min(1).max(120).optional(),
  /** The old version. */
  versionAId: z.string(),
  /** The new version, whose win rate is told. */
  versionBId: z.string(),
  /** Without it, the reward model that B, or else A, was trained against. */
  rewardId: z.string().optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  ...evaluationConfig.shape,
})

/**
 * Compares two policies on the held-out prompts, in a run of its own.
 * @throws WhetstoneError INVALID_INPUT, NOT_FOUND
 */
export async function launchEvaluation(
  actor: Actor,
  input: z.output<typeof launchEvaluationInput>,
): Promise<{ id: string; runId: string; name: string; rewardId: string | null }> {
  authorise(actor, 'evaluation.launch')
  const { workspaceId } = actor
  const { versionAId, versionBId, seed } = input
  if (versionAId === versionBId) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `versionAId and versionBId are both ${versionAId}.`,
      'Choose two different versions.',
    )
  }
  await queue()
  return db.$transaction(async (tx) => {
    const a = await policy(tx, workspaceId, 'versionAId', versionAId)
    const b = await policy(tx, workspaceId, 'versionBId', versionBId)
    const rewardId = input.rewardId
      ? await rewardModel(tx, workspaceId, input.rewardId)
      : await rewardOfLineage(tx, workspaceId, [versionBId, versionAId])
    if (!(await tx.prompt.findFirst({ where: { workspaceId, split: 'EVAL' }, select: { id: true } }))) {
      throw new WhetstoneError(
        'INVALID_INPUT',
        'There is no held-out prompt to compare on: no prompt has the split EVAL.',
        'Import prompts with "split": "EVAL".',
      )
    }
    const name = input.name ?? `${b.name} v${b.version} against ${a.name} v${a.version}`
    const runId = randomUUID()
    const { prompts, responseLength, temperature, engine, device, precision } = input
    await tx.run.create({
      data: {
        id: runId,
        workspaceId,
        name,
        kind: 'EVALUATE',
        config: { prompts, responseLength, temperature, engine, device, precision },
        seed,
        policyId: versionBId,
        rewardId,
        createdById: actor.userId,
      },
    })
    const evaluation = await tx.evaluation.create({
      data: { workspaceId, name, versionAId, versionBId, rewardId, runId },
    })
    await audit(tx, actor, 'evaluation.launch', evaluation.id, { name })
    await enqueue('run', { runId }, tx)
    return { id: evaluation.id, runId, name, rewardId }
  })
}

async function policy(tx: Database, workspaceId: string, key: string, id: string) {
  const version = await tx.modelVersion.findFirst({ where: { id, workspaceId } })
  if (!version) throw notFound('model', id)
  if (version.kind === 'POLICY') return version
  throw new WhetstoneError(
    'INVALID_INPUT',
    `${key} names '${version.name}' v${version.version}, which is a reward model.`,
    'Choose a policy.',
  )
}

async function rewardModel(tx: Database, workspaceId: string, id: string): Promise<string> {
  const version = await tx.modelVersion.findFirst({ where: { id, workspaceId } })
  if (!version) throw notFound('model', id)
  if (version.kind === 'REWARD') return id
  throw new WhetstoneError(
    'INVALID_INPUT',
    `rewardId names '${version.name}' v${version.version}, which is a policy.`,
    'Choose a reward model, or leave rewardId out.',
  )
}

async function rewardOfLineage(tx: Database, workspaceId: string, ids: string[]): Promise<string | null> {
  for (const id of ids) {
    const trained = (await ancestors({ id, workspaceId }, tx)).find(({ rewardId }) => rewardId)
    if (trained) return trained.rewardId
  }
  return null
}
