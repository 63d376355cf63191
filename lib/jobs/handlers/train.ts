import { existsSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SpecInput } from '#trainer/config.ts'
import type { DoneEvent } from '#trainer/events.ts'
import { db, type Prisma } from '../../db.ts'
import { modelCard } from '../../models/model-card.ts'
import { nextVersion } from '../../models/next-version.ts'
import { sftArtifact } from '../../runs/launch.ts'
import type { PromptFilter } from '../../runs/prompt-filter.ts'
import { artifacts } from '../../storage/artifacts.ts'
import { endRun } from '../claim.ts'
import { RunFailure } from '../failure.ts'
import { dataFolder, writeComparisons, writeImportedCompletions, writePrompts } from '../run-data.ts'
import type { RunContext } from './context.ts'
import { modelFolder } from './model-folder.ts'

/** SFT, REWARD and PPO: data from Postgres, the trainer, then a model version. */
export async function train(context: RunContext): Promise<void> {
  const { kind } = context.run
  const { done } =
    kind === 'SFT'
      ? await context.train('sft', await sftSpec(context))
      : kind === 'REWARD'
        ? await context.train('reward', await rewardSpec(context))
        : await context.train('ppo', await ppoSpec(context))
  await registerModel(context, done, kind === 'REWARD' ? 'REWARD' : 'POLICY')
}

async function sftSpec({ run, folder }: RunContext): Promise<SpecInput<'sft'>> {
  const filter = (run.promptFilter ?? {}) as PromptFilter
  const data = await dataFolder(folder, async (draft) => {
    const given = sftArtifact(run.id)
    const store = await artifacts()
    if (await store.sha256(given)) {
      await cp(await store.localPath(given), draft, { recursive: true })
      return
    }
    await writeImportedCompletions(join(draft, 'train.jsonl'), run.workspaceId, { ...filter, split: 'TRAIN' })
    await heldOut(draft, (path) =>
      writeImportedCompletions(path, run.workspaceId, { ...filter, split: 'EVAL' }),
    )
  })
  const config = run.config as SpecInput<'sft'>
  const model = run.policyId ? { path: await modelFolder(run.policyId) } : config.model
  return { ...config, model, data: split(data) }
}

async function rewardSpec({ run, folder }: RunContext): Promise<SpecInput<'reward'>> {
  const { datasetId } = run
  if (!datasetId) throw missing('dataset')
  const data = await dataFolder(folder, async (draft) => {
    await writeComparisons(join(draft, 'train.jsonl'), datasetId, 'TRAIN')
    await heldOut(draft, (path) => writeComparisons(path, datasetId, 'EVAL'))
  })
  const config = run.config as Omit<SpecInput<'reward'>, 'model' | 'data'>
  return { ...config, model: await modelFolder(run.policyId ?? raise('policy')), data: split(data) }
}

async function ppoSpec({ run, folder }: RunContext): Promise<SpecInput<'ppo'>> {
  const filter = (run.promptFilter ?? {}) as PromptFilter
  const data = await dataFolder(folder, async (draft) => {
    await writePrompts(join(draft, 'train.jsonl'), run.workspaceId, { ...filter, split: 'TRAIN' })
    await heldOut(draft, (path) => writePrompts(path, run.workspaceId, { tag: filter.tag, split: 'EVAL' }))
  })
  const config = run.config as Omit<SpecInput<'ppo'>, 'policy' | 'reward' | 'data'>
  return {
    ...config,
    policy: await modelFolder(run.policyId ?? raise('policy')),
    reward: await modelFolder(run.rewardId ?? raise('reward model')),
    data: split(data),
  }
}

/** The recipes take a held-out file only when it has lines. */
async function heldOut(folder: string, write: (path: string) => Promise<number>): Promise<void> {
  const path = join(folder, 'eval.jsonl')
  if ((await write(path)) === 0) await rm(path)
}

function split(data: string): { train: string; eval?: string } {
  const held = join(data, 'eval.jsonl')
  return { train: join(data, 'train.jsonl'), ...(existsSync(held) ? { eval: held } : {}) }
}

function raise(what: string): never {
  throw missing(what)
}

function missing(what: string): RunFailure {
  return new RunFailure(
    'INVALID_INPUT',
    `The run has no ${what}.`,
    'It may have been removed since the launch. Launch a new run.',
  )
}

async function registerModel(
  { run, held, folder, checkStop }: RunContext,
  done: DoneEvent,
  kind: 'POLICY' | 'REWARD',
): Promise<void> {
  checkStop()
  const written = done.artifacts.find(
    (artifact) => artifact.kind === (kind === 'REWARD' ? 'reward' : 'policy'),
  )
  if (!written) {
    throw new RunFailure(
      'NO_ARTIFACT',
      `The trainer said it was done but named no ${kind.toLowerCase()} model.`,
      'This is a fault of the trainer: report it with the log of the run.',
    )
  }
  const path = resolve(folder, written.path)
  // One model a run: registering again after a crash stores the same content under the same key.
  const artifact = `models/${run.id}`
  const { sha256 } = await (await artifacts()).putFolder(artifact, path)
  const card = { ...(await modelCard(path)), summary: done.summary }
  await db.$transaction(async (tx) => {
    await endRun(tx, held, { status: 'SUCCEEDED', summary: done.summary })
    await tx.modelVersion.create({
      data: {
        workspaceId: run.workspaceId,
        kind,
        name: run.name,
        version: await nextVersion(tx, run.workspaceId, kind),
        parentId: run.policyId,
        runId: run.id,
        artifact,
        sha256,
        card: card as Prisma.InputJsonObject,
      },
    })
  })
}
