import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Split } from '#prisma/client/enums.ts'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db, type Prisma } from '../db.ts'
import { env } from '../env.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { enqueue, queue } from '../jobs/queue.ts'
import { imported } from '../jobs/run-data.ts'
import { promptHash } from '../prompts/messages.ts'
import { artifacts } from '../storage/artifacts.ts'
import { parseConfig } from './config.ts'
import { promptFilter, promptsWhere } from './prompt-filter.ts'
import { type LaunchKind, launchKinds } from './run-kinds.ts'
import { readSftFile, type SftExample, splitExamples } from './sft-file.ts'

export const launchRunInput = z.strictObject({
  kind: z.enum(launchKinds),
  name: z.string().trim().min(1).max(120),
  /** The recipe's settings; those left out have the recipe's defaults. */
  config: z.record(z.string(), z.unknown()).default({}),
  /** Stands above the seed in `config`. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
  /** The model to start from, or to sample. */
  policyId: z.string().optional(),
  rewardId: z.string().optional(),
  datasetId: z.string().optional(),
  /** JSONL text. */
  sftFile: z.string().optional(),
  promptFilter: promptFilter.optional(),
})
export type LaunchRunInput = z.output<typeof launchRunInput>

/** Bytes of a launch with an uploaded file. */
export const maxLaunchBytes = 64 * 1024 * 1024

const ofSampler = { policyId: true, rewardId: true, promptFilter: false } as const

/** Which references each kind needs (true), may have (false), or does not know (absent). */
const references = {
  SFT: { policyId: false, sftFile: false, promptFilter: false },
  REWARD: { policyId: true, datasetId: true },
  PPO: ofSampler,
  REINFORCE: ofSampler,
  RLOO: ofSampler,
  GRPO: ofSampler,
  TRPO: ofSampler,
  RAFT: ofSampler,
  /** A reward model only scores the answers to held-out prompts. */
  DPO: { policyId: true, datasetId: true, rewardId: false },
  GENERATE: { policyId: true, promptFilter: false },
  SCORE: { rewardId: true, promptFilter: false },
} as const satisfies Record<LaunchKind, Partial<Record<keyof LaunchRunInput, boolean>>>

/** Storage key of the examples uploaded with a run: train.jsonl and perhaps eval.jsonl. */
export const sftArtifact = (runId: string) => `sft/${runId}`

/**
 * Checks a run whole, so that it does not fail later for a reason known now, and puts it into the queue.
 * @throws WhetstoneError INVALID_INPUT naming what is wrong or missing; NOT_FOUND for a model or dataset
 */
export async function launchRun(actor: Actor, input: LaunchRunInput): Promise<{ run: { id: string } }> {
  authorise(actor, 'run.launch')
  const { kind, name, policyId, rewardId, datasetId, sftFile } = input
  checkReferences(input)
  const config = parseConfig(
    kind,
    { ...input.config, ...(input.seed === undefined ? {} : { seed: input.seed }) },
    { startsFromModel: policyId !== undefined },
  )
  const id = randomUUID()
  if (sftFile !== undefined) await keepSftFile(id, actor.workspaceId, sftFile)
  // Started before the transaction, which should not wait for it.
  await queue()
  await db.$transaction(async (tx) => {
    await checkExists(tx, actor.workspaceId, input)
    await tx.run.create({
      data: {
        id,
        workspaceId: actor.workspaceId,
        name,
        kind,
        config: config as Prisma.InputJsonObject,
        seed: config.seed,
        policyId,
        rewardId,
        datasetId,
        ...(input.promptFilter ? { promptFilter: input.promptFilter } : {}),
        createdById: actor.userId,
      },
    })
    await audit(tx, actor, 'run.launch', id, { kind, name })
    await enqueue('run', { runId: id }, tx)
  })
  return { run: { id } }
}

function checkReferences(input: LaunchRunInput): void {
  const known: Partial<Record<keyof LaunchRunInput, boolean>> = references[input.kind]
  for (const key of ['policyId', 'rewardId', 'datasetId', 'sftFile', 'promptFilter'] as const) {
    if (known[key] && input[key] === undefined) {
      throw new WhetstoneError(
        'INVALID_INPUT',
        `A ${input.kind} run needs ${key}, which is missing.`,
        `Send ${key}: ${described[key]}.`,
      )
    }
    if (!(key in known) && input[key] !== undefined) {
      throw new WhetstoneError(
        'INVALID_INPUT',
        `A ${input.kind} run has no use for ${key}.`,
        `Leave ${key} out. It takes: ${Object.keys(known).join(', ')}.`,
      )
    }
  }
  if (input.sftFile !== undefined && input.promptFilter !== undefined) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      'Both sftFile and promptFilter are given, but the run reads either the file or the workspace.',
      'Leave one of them out.',
    )
  }
}

const described = {
  policyId: 'the id of the policy to start from or to sample',
  rewardId: 'the id of the reward model that scores',
  datasetId: 'the id of the preference dataset to learn from',
  sftFile: 'JSONL text',
  promptFilter: 'which prompts to read',
}

async function checkExists(tx: Database, workspaceId: string, input: LaunchRunInput): Promise<void> {
  const { kind, policyId, rewardId, datasetId } = input
  if (policyId) await checkModel(tx, workspaceId, 'policyId', policyId, 'POLICY')
  if (rewardId) await checkModel(tx, workspaceId, 'rewardId', rewardId, 'REWARD')
  if (datasetId) {
    const dataset = await tx.preferenceDataset.findFirst({ where: { id: datasetId, workspaceId } })
    if (!dataset) throw notFound('dataset', datasetId)
    if (dataset.trainPairs === 0) {
      throw new WhetstoneError(
        'INVALID_INPUT',
        `The dataset '${dataset.name}' has no pairs to train on: all ${dataset.evalPairs} are held out.`,
        'Rank comparisons of prompts whose split is TRAIN and make another dataset.',
      )
    }
  }
  // A dataset brings its own prompts.
  if (datasetId || input.sftFile !== undefined) return
  const anySplit = kind === 'GENERATE' || kind === 'SCORE'
  const filter = { ...input.promptFilter, ...(anySplit ? {} : { split: 'TRAIN' as const }) }
  const where: Prisma.PromptWhereInput = {
    ...promptsWhere(workspaceId, filter),
    ...(kind === 'SFT' ? { completions: { some: imported } } : {}),
    ...(kind === 'SCORE' ? { completions: { some: {} } } : {}),
  }
  if (await tx.prompt.findFirst({ where, select: { id: true } })) return
  const which = [filter.split && `split ${filter.split}`, filter.tag && `tag '${filter.tag}'`].filter(Boolean)
  const of = which.length > 0 ? ` with ${which.join(' and ')}` : ''
  if (kind === 'SFT') {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `No prompt${of} has an imported completion to learn from.`,
      'Import prompts with completions, or send sftFile.',
    )
  }
  if (kind === 'SCORE') {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `No prompt${of} has a completion to score.`,
      'Generate or import completions, or widen promptFilter.',
    )
  }
  throw new WhetstoneError(
    'INVALID_INPUT',
    `There is no prompt${of}.`,
    'Import prompts, or widen promptFilter.',
  )
}

async function checkModel(
  tx: Database,
  workspaceId: string,
  key: 'policyId' | 'rewardId',
  id: string,
  kind: 'POLICY' | 'REWARD',
): Promise<void> {
  const version = await tx.modelVersion.findFirst({ where: { id, workspaceId } })
  if (!version) throw notFound('model', id)
  if (version.kind === kind) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    `${key} names '${version.name}' v${version.version}, which is a ${version.kind}, not a ${kind}.`,
    `Choose a ${kind === 'POLICY' ? 'policy' : 'reward model'}.`,
  )
}

async function keepSftFile(runId: string, workspaceId: string, text: string): Promise<void> {
  const examples = readSftFile(text)
  const { train, held } = splitExamples(examples, await splitsOf(workspaceId, examples))
  const home = join(env().home, 'uploads')
  await mkdir(home, { recursive: true })
  const folder = await mkdtemp(join(home, 'sft-'))
  try {
    const jsonl = (rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    await writeFile(join(folder, 'train.jsonl'), jsonl(train))
    if (held.length > 0) await writeFile(join(folder, 'eval.jsonl'), jsonl(held))
    await (await artifacts()).putFolder(sftArtifact(runId), folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const hashesPerQuery = 5000

/** The splits of those prompts that the workspace has, by promptHash. */
async function splitsOf(workspaceId: string, examples: SftExample[]): Promise<Map<string, Split>> {
  const hashes = [...new Set(examples.map(({ prompt }) => promptHash(prompt)))]
  const splits = new Map<string, Split>()
  for (let at = 0; at < hashes.length; at += hashesPerQuery) {
    const rows = await db.prompt.findMany({
      where: { workspaceId, contentHash: { in: hashes.slice(at, at + hashesPerQuery) } },
      select: { contentHash: true, split: true },
    })
    for (const { contentHash, split } of rows) splits.set(contentHash, split)
  }
  return splits
}
