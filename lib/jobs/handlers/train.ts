import { existsSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SpecInput } from '#trainer/config.ts'
import type { DoneEvent } from '#trainer/events.ts'
import { db, type Prisma } from '../../db.ts'
import { type Beside, modelCard } from '../../models/model-card.ts'
import { nextVersion } from '../../models/next-version.ts'
import { readReport } from '../../models/reward-report.ts'
import { sftArtifact } from '../../runs/launch.ts'
import type { PromptFilter } from '../../runs/prompt-filter.ts'
import { isSampler, recipeOf, type SamplerKind } from '../../runs/run-kinds.ts'
import { artifacts } from '../../storage/artifacts.ts'
import { endRun } from '../claim.ts'
import { RunFailure } from '../failure.ts'
import { dataFolder, writeComparisons, writeImportedCompletions, writePrompts } from '../run-data.ts'
import type { RunContext } from './context.ts'
import { modelFolder } from './model-folder.ts'

type SamplerRecipe = (typeof recipeOf)[SamplerKind]

/** Whatever ends in a model version: data from Postgres, the trainer, then the version. */
export async function train(context: RunContext): Promise<void> {
  const { kind } = context.run
  const { done } = await carryOut(context)
  await registerModel(context, done, kind === 'REWARD' ? 'REWARD' : 'POLICY')
}

async function carryOut(context: RunContext): Promise<{ done: DoneEvent }> {
  const { kind } = context.run
  if (kind === 'SFT') return context.train('sft', await sftSpec(context))
  if (kind === 'REWARD') return context.train('reward', await rewardSpec(context))
  if (kind === 'DPO') return context.train('dpo', await dpoSpec(context))
  if (isSampler(kind)) return context.train(recipeOf[kind], await samplerSpec(context))
  throw new RunFailure('INVALID_INPUT', `A ${kind} run trains nothing.`, 'Launch a run of another kind.')
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

/** Preferences to learn from, as for a reward model; where there is one, the answers to the held-out prompts are scored by it. */
async function dpoSpec({ run, folder }: RunContext): Promise<SpecInput<'dpo'>> {
  const { datasetId, rewardId } = run
  if (!datasetId) throw missing('dataset')
  const data = await dataFolder(folder, async (draft) => {
    await writeComparisons(join(draft, 'train.jsonl'), datasetId, 'TRAIN', { tellCutOff: true })
    await heldOut(draft, (path) => writeComparisons(path, datasetId, 'EVAL', { tellCutOff: true }))
    if (rewardId)
      await heldOut(draft, (path) => writePrompts(path, run.workspaceId, { split: 'EVAL' }), 'prompts.jsonl')
  })
  const config = run.config as Omit<SpecInput<'dpo'>, 'policy' | 'reward' | 'data'>
  const prompts = join(data, 'prompts.jsonl')
  const scored = rewardId && existsSync(prompts)
  return {
    ...config,
    policy: await modelFolder(run.policyId ?? raise('policy')),
    ...(scored && { reward: await modelFolder(rewardId) }),
    data: { ...split(data), ...(scored && { prompts }) },
  }
}

async function samplerSpec({ run, folder }: RunContext): Promise<SpecInput<SamplerRecipe>> {
  const filter = (run.promptFilter ?? {}) as PromptFilter
  const data = await dataFolder(folder, async (draft) => {
    await writePrompts(join(draft, 'train.jsonl'), run.workspaceId, { ...filter, split: 'TRAIN' })
    await heldOut(draft, (path) => writePrompts(path, run.workspaceId, { tag: filter.tag, split: 'EVAL' }))
  })
  const config = run.config as Omit<SpecInput<SamplerRecipe>, 'policy' | 'reward' | 'data'>
  return {
    ...config,
    policy: await modelFolder(run.policyId ?? raise('policy')),
    reward: await modelFolder(run.rewardId ?? raise('reward model')),
    data: split(data),
  }
}

/** The recipes take a held-out file only when it has lines. */
async function heldOut(
  folder: string,
  write: (path: string) => Promise<number>,
  name = 'eval.jsonl',
): Promise<void> {
  const path = join(folder, name)
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
  const beside = await keepBeside(run.id, folder)
  const report = kind === 'REWARD' ? await readReport(path) : null
  const card = {
    ...(await modelCard(path)),
    summary: done.summary,
    ...(beside.length > 0 && { beside }),
    ...(report && { report }),
  }
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
        card: card as unknown as Prisma.InputJsonObject,
      },
    })
  })
}

/** What a recipe may leave beside the model: the folder, and what the card calls it. */
const besides = [
  ['model-ema', 'ema'],
  ['adapter', 'adapter'],
] as const

/** Stores the moving average and the adapter of a run, where there are such. */
async function keepBeside(runId: string, folder: string): Promise<Beside[]> {
  const store = await artifacts()
  const kept: Beside[] = []
  for (const [name, kind] of besides) {
    const path = join(folder, name)
    if (!existsSync(path)) continue
    const artifact = `models/${runId}-${kind}`
    kept.push({ kind, artifact, ...(await store.putFolder(artifact, path)) })
  }
  return kept
}
