import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { db, type Prisma } from '../db.ts'
import { artifacts } from '../storage/artifacts.ts'

/** A reward model of this gain, whose folder holds nothing else. Needs a home of its own: see jobs/testing.ts. */
export async function makeRewardVersion(
  workspaceId: string,
  {
    name = 'judge',
    gain = 1,
    card = {},
  }: { name?: string; gain?: number; card?: Prisma.InputJsonObject } = {},
) {
  const version = 1 + (await db.modelVersion.count({ where: { workspaceId, kind: 'REWARD' } }))
  const artifact = `models/${workspaceId}-${version}`
  const folder = mkdtempSync(join(tmpdir(), 'reward-'))
  writeFileSync(join(folder, 'whetstone.json'), JSON.stringify({ normalisation: { gain, bias: 1 } }))
  const { sha256 } = await (await artifacts()).putFolder(artifact, folder)
  rmSync(folder, { recursive: true })
  return db.modelVersion.create({
    data: { workspaceId, kind: 'REWARD', name, version, artifact, sha256, card },
  })
}

/** What each head gives each completion, normalised. */
export async function giveScores(modelVersionId: string, scores: Record<string, number[]>): Promise<void> {
  await db.completionScore.createMany({
    data: Object.entries(scores).map(([completionId, heads]) => ({
      completionId,
      modelVersionId,
      score: heads.reduce((sum, head) => sum + head, 0) / heads.length,
      heads: heads.length > 1 ? heads : [],
    })),
  })
}
