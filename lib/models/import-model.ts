import { randomUUID } from 'node:crypto'
import { lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { env } from '../env.ts'
import { WhetstoneError } from '../errors.ts'
import { artifacts } from '../storage/artifacts.ts'
import { modelCard, shardIndex, weightFiles, wholeWeights } from './model-card.ts'
import { type ModelRow, modelRow, modelRowSelect } from './model-row.ts'
import { nextVersion } from './next-version.ts'
import { readReport } from './reward-report.ts'

export const importModelInput = z.strictObject({
  name: z.string().trim().min(1).max(120),
  kind: z.enum(['POLICY', 'REWARD']),
  /** A folder below the import folder of the server; see `importRoot`. */
  path: z.string().trim().min(1).max(1000),
})

const neededFiles = ['config.json', 'tokenizer.json']
const classOf = { POLICY: /LMHead|CausalLM/, REWARD: /SequenceClassification/ }

/**
 * The only folder models are imported from, MODEL_IMPORT_ROOT or `<WHETSTONE_HOME>/import`: a researcher of the app names a
 * path on the server, and must not be able to read others of its files by way of an artifact.
 */
export function importRoot(): string {
  return resolve(process.env.MODEL_IMPORT_ROOT || join(env().home, 'import'))
}

/**
 * Copies a Hugging Face folder of the server into the storage, as a version without a run.
 * @throws WhetstoneError INVALID_INPUT naming the file that is missing or wrong
 */
export async function importModel(
  actor: Actor,
  { name, kind, path }: z.output<typeof importModelInput>,
): Promise<ModelRow> {
  authorise(actor, 'model.import')
  const folder = await folderBelow(importRoot(), path)
  for (const file of neededFiles) await checkFile(path, folder, file)
  if (await lstat(join(folder, shardIndex)).catch(() => null)) await checkFile(path, folder, shardIndex)
  for (const file of await weightFiles(folder)) await checkFile(path, folder, file)
  const card = await modelCard(folder)
  if (card.className && !classOf[kind].test(card.className)) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `${path} is a ${card.className}, which is no ${kind === 'POLICY' ? 'policy' : 'reward model'}.`,
      'A policy is a causal language model; a reward model is a sequence classifier with one label.',
    )
  }
  const report = kind === 'REWARD' ? await readReport(folder) : null
  const id = randomUUID()
  const artifact = `models/${id}`
  const { sha256 } = await (await artifacts()).putFolder(artifact, folder)
  return db.$transaction(async (tx) => {
    const version = await tx.modelVersion.create({
      data: {
        id,
        workspaceId: actor.workspaceId,
        kind,
        name,
        version: await nextVersion(tx, actor.workspaceId, kind),
        artifact,
        sha256,
        card: { ...card, ...(report && { report }) } as unknown as Prisma.InputJsonObject,
      },
      select: modelRowSelect,
    })
    await audit(tx, actor, 'model.import', id, { name, kind })
    return modelRow(version)
  })
}

async function checkFile(path: string, folder: string, file: string): Promise<void> {
  const found = await lstat(join(folder, file)).catch(() => null)
  if (found?.isFile()) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    found?.isSymbolicLink() ? `${file} in ${path} is a link.` : `${path} has no ${file}.`,
    found?.isSymbolicLink()
      ? 'Copy the model with its links followed (cp -rL).'
      : `A Hugging Face folder has ${neededFiles.join(', ')} and ${wholeWeights} or ${shardIndex} with its shards. Save the model with save_pretrained, safetensors on.`,
  )
}

/** @throws WhetstoneError INVALID_INPUT when the folder does not exist or, links followed, lies elsewhere */
async function folderBelow(root: string, path: string): Promise<string> {
  await mkdir(root, { recursive: true })
  const wanted = resolve(root, path)
  const real = await realpath(wanted).catch(() => null)
  const inside = relative(await realpath(root), real ?? wanted)
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `${path} is not below ${root}, the only folder models are imported from.`,
      'Copy the model there, or set MODEL_IMPORT_ROOT and start again.',
    )
  }
  if (real && (await stat(real)).isDirectory()) return real
  throw new WhetstoneError(
    'INVALID_INPUT',
    `There is no folder ${path} below ${root}.`,
    'Copy the model there; the path may be given relative to that folder.',
  )
}
