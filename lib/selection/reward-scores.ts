import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { artifacts } from '../storage/artifacts.ts'

export interface RewardVersion {
  id: string
  name: string
  version: number
  artifact: string
  card: unknown
}

const selected = { id: true, name: true, version: true, artifact: true, card: true } as const

/** The reward model of that id, or the newest; null when there is none at all. @throws WhetstoneError NOT_FOUND, INVALID_INPUT */
export async function rewardVersion(workspaceId: string, id?: string): Promise<RewardVersion | null> {
  if (id === undefined) {
    return db.modelVersion.findFirst({
      where: { workspaceId, kind: 'REWARD' },
      orderBy: { version: 'desc' },
      select: selected,
    })
  }
  const found = await db.modelVersion.findFirst({
    where: { id, workspaceId },
    select: { ...selected, kind: true },
  })
  if (!found) throw notFound('model version', id)
  if (found.kind === 'REWARD') return found
  throw new WhetstoneError(
    'INVALID_INPUT',
    `rewardId names '${found.name}' v${found.version}, which is a policy.`,
    'Choose a reward model.',
  )
}

const whetstoneFile = z.object({ normalisation: z.object({ gain: z.number(), bias: z.number() }).optional() })
const gains = new Map<string, Promise<number>>()

/**
 * By what a stored score of this model is to be divided to be in log-odds, in which its loss learned it: scores are normalised, gain · raw
 * + bias (docs/algorithms.md, 17). 1 of a model without a normalisation.
 */
export function gainOf({ artifact }: Pick<RewardVersion, 'artifact'>): Promise<number> {
  const known = gains.get(artifact)
  if (known) return known
  const reading = readGain(artifact).catch((error: unknown) => {
    // What was not read is read again when asked for again.
    gains.delete(artifact)
    if (!(error instanceof WhetstoneError) || error.code !== 'NOT_FOUND') throw error
    // Not the thing that was asked for is missing, but something it needs.
    throw new WhetstoneError(
      'UNAVAILABLE',
      `The folder '${artifact}' of the reward model is not in storage, so its scores cannot be read.`,
      'Restore the artifacts from a backup, or choose another reward model.',
      { cause: error },
    )
  })
  gains.set(artifact, reading)
  return reading
}

async function readGain(artifact: string): Promise<number> {
  const path = join(await (await artifacts()).localPath(artifact), 'whetstone.json')
  if (!existsSync(path)) return 1
  return whetstoneFile.parse(JSON.parse(await readFile(path, 'utf8'))).normalisation?.gain ?? 1
}

/** σ(x): the probability that log-odds stand for. */
export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}
