import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { groupsSchema } from '../datasets/pairs.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import type { Message } from '../prompts/messages.ts'
import { withoutEdit } from '../rankings/assignment-view.ts'
import { batchIdOf, batchInput } from '../rankings/scope.ts'
import { rewardVersion } from '../selection/reward-scores.ts'
import type { Doubt } from './doubt.ts'
import { countUnscored, findSuspects, type Suspect } from './find-suspects.ts'

export const listSuspectsInput = z.strictObject({
  /** The newest reward model when absent. */
  rewardId: z.string().min(1).optional(),
  /** Id or name. */
  batch: batchInput,
  /** What a contradiction must be held with at least. */
  confidence: z.coerce.number().min(0.5).max(0.9999).default(0.95),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})

export interface SuspectRanking {
  id: string
  annotator: { id: string; name: string }
  /** Of the comparison's own completions. */
  groups: string[][]
  strength: number | null
  createdAt: Date
  doubt: Doubt
  /** Whether the reward model learned from this ranking, was measured on it, or never saw it. */
  seen: 'trained' | 'held-out' | 'new'
}

export interface SuspectItem {
  /** The comparison's. */
  id: string
  prompt: { id: string; text: string; messages: Message[] }
  batch: { id: string; name: string } | null
  overlap: number
  submitted: number
  /** A researcher is deciding at this moment. */
  adjudicating: boolean
  confidence: number
  /** By position. */
  completions: { id: string; text: string }[]
  /** The most doubtful first. */
  rankings: SuspectRanking[]
}

export interface Suspects {
  /** Null when the workspace has none. */
  reward: { id: string; name: string; version: number } | null
  /** Completions that people ranked, and those among them without a score. */
  ranked: number
  unscored: number
  items: SuspectItem[]
  nextCursor: string | null
  total: number
}

/**
 * Rankings that a reward model contradicts with confidence, by comparison, the most confident first.
 * @throws WhetstoneError NOT_FOUND for a reward model or batch, INVALID_INPUT for a cursor of no list
 */
export async function listSuspects(
  actor: Actor,
  { rewardId, batch, confidence, cursor, limit }: z.output<typeof listSuspectsInput>,
): Promise<Suspects> {
  authorise(actor, 'suspect.list')
  const { workspaceId } = actor
  const batchId = await batchIdOf(db, workspaceId, batch)
  const reward = await rewardVersion(workspaceId, rewardId)
  if (!reward) return { reward: null, ranked: 0, unscored: 0, items: [], nextCursor: null, total: 0 }
  const counts = await countUnscored(workspaceId, batchId, reward.id)
  // Without any score there is nothing to read.
  const all =
    counts.unscored < counts.ranked
      ? await findSuspects(workspaceId, { batchId, reward, least: confidence })
      : []
  const left = cursor === undefined ? all : all.filter(isAfter(cursor))
  const page = left.slice(0, limit)
  const last = left.length > limit ? page.at(-1) : undefined
  return {
    reward: { id: reward.id, name: reward.name, version: reward.version },
    ...counts,
    items: await details(page, reward.id),
    nextCursor: last ? Buffer.from(`${last.confidence} ${last.comparisonId}`).toString('base64url') : null,
    total: all.length,
  }
}

/** By value, not by number: what is decided meanwhile leaves the list and must not move the rest. */
function isAfter(cursor: string): (suspect: Suspect) => boolean {
  const [text, id] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const confidence = Number(text)
  if (!id || Number.isNaN(confidence)) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `'${cursor}' is not a cursor.`,
      'Start again from the first page.',
    )
  }
  return (suspect) =>
    suspect.confidence < confidence || (suspect.confidence === confidence && suspect.comparisonId > id)
}

async function details(suspects: Suspect[], rewardId: string): Promise<SuspectItem[]> {
  const comparisons = await db.comparison.findMany({
    where: { id: { in: suspects.map(({ comparisonId }) => comparisonId) } },
    include: {
      prompt: { select: { id: true, text: true, messages: true } },
      batch: { select: { id: true, name: true } },
      completions: {
        orderBy: { position: 'asc' },
        select: { completion: { select: { id: true, text: true } } },
      },
      copies: {
        where: {
          kind: 'ADJUDICATION',
          assignments: { some: { status: 'CLAIMED', leaseUntil: { gt: new Date() } } },
        },
        select: { id: true },
      },
    },
  })
  const rankings = await db.ranking.findMany({
    where: { id: { in: suspects.flatMap((suspect) => suspect.rankings.map(({ id }) => id)) } },
    include: { annotator: { select: { id: true, name: true } } },
  })
  const seen = await seenBy(
    rewardId,
    rankings.map(({ id }) => id),
  )
  const comparisonOf = new Map(comparisons.map((comparison) => [comparison.id, comparison]))
  const rankingOf = new Map(rankings.map((ranking) => [ranking.id, ranking]))
  return suspects.map(({ comparisonId, confidence, rankings }) => {
    const { prompt, batch, overlap, submitted, completions, copies } = comparisonOf.get(comparisonId)!
    return {
      id: comparisonId,
      prompt: { ...prompt, messages: prompt.messages as unknown as Message[] },
      batch,
      overlap,
      submitted,
      adjudicating: copies.length > 0,
      confidence,
      completions: completions.map(({ completion }) => completion),
      rankings: rankings.map(({ id, doubt }) => {
        const { annotator, groups, editId, strength, createdAt } = rankingOf.get(id)!
        const own = withoutEdit({ groups: groupsSchema.parse(groups), editId })
        return { id, annotator, groups: own, strength, createdAt, doubt, seen: seen.get(id) ?? 'new' }
      }),
    }
  })
}

/** Of those rankings the ones in the dataset that the reward model learned from. */
async function seenBy(rewardId: string, rankingIds: string[]): Promise<Map<string, 'trained' | 'held-out'>> {
  const rows = await db.$queryRaw<{ rankingId: string; split: 'TRAIN' | 'EVAL' }[]>`
    select distinct p."rankingId", p.split::text as split
    from "ModelVersion" m
    join "Run" run on run.id = m."runId"
    join "Ranking" r on r.id = any(${rankingIds})
    join "PreferencePair" p
      on p."datasetId" = run."datasetId" and p."comparisonId" = r."comparisonId" and p."rankingId" = r.id
    where m.id = ${rewardId}`
  return new Map(rows.map(({ rankingId, split }) => [rankingId, split === 'TRAIN' ? 'trained' : 'held-out']))
}
