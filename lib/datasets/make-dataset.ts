import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db, Prisma } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { annotatorModel } from '../quality/annotator-model.ts'
import { type DatasetFilter, datasetFilter, decisionsWhere, rankingsWhere } from './dataset-filter.ts'
import {
  contentHash,
  flagsSchema,
  groupsSchema,
  type Pair,
  pairsOf,
  type RankedComparison,
  weightsOfMeanOne,
} from './pairs.ts'

export const makeDatasetInput = z.strictObject({
  name: z.string().trim().min(1).max(120),
  filter: datasetFilter.prefault({}),
})

export interface MadeDataset {
  id: string
  name: string
  contentHash: string
  pairCount: number
  comparisonCount: number
  promptCount: number
  annotatorCount: number
  trainPairs: number
  evalPairs: number
}

const rankingsPage = 500
const pairsChunk = 1000

/**
 * Freezes the current rankings that pass the filter into pairs. It sees the database as of one moment, and never changes
 * after.
 * @throws WhetstoneError INVALID_INPUT when no pair results, CONFLICT when the name is taken
 */
export async function makeDataset(
  actor: Actor,
  input: z.output<typeof makeDatasetInput>,
): Promise<MadeDataset> {
  authorise(actor, 'dataset.create')
  const { workspaceId, userId } = actor
  const { name, filter } = input
  try {
    return await db.$transaction(
      async (tx) => {
        const found = await collect(tx, workspaceId, filter)
        if (found.pairs.length === 0) throw nothingFound(found, filter)
        const { pairs } = found
        const trainPairs = pairs.filter(({ split }) => split === 'TRAIN').length
        const dataset = await tx.preferenceDataset.create({
          data: {
            workspaceId,
            name,
            filter,
            contentHash: contentHash(pairs),
            pairCount: pairs.length,
            comparisonCount: new Set(pairs.map(({ comparisonId }) => comparisonId)).size,
            promptCount: new Set(pairs.map(({ promptId }) => promptId)).size,
            annotatorCount: found.annotators.size,
            trainPairs,
            evalPairs: pairs.length - trainPairs,
            createdById: userId,
          },
          omit: { workspaceId: true, filter: true, createdById: true, createdAt: true },
        })
        for (let from = 0; from < pairs.length; from += pairsChunk) {
          const data = pairs
            .slice(from, from + pairsChunk)
            .map((pair) => ({ ...pair, datasetId: dataset.id }))
          await tx.preferencePair.createMany({ data })
        }
        await audit(tx, actor, 'dataset.create', dataset.id, { name, pairs: pairs.length })
        return dataset
      },
      { isolationLevel: 'RepeatableRead', timeout: 600_000 },
    )
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
    throw new WhetstoneError(
      'CONFLICT',
      `There is already a dataset named '${name}'.`,
      'Datasets never change; choose another name.',
      { cause: error },
    )
  }
}

interface Collected {
  pairs: Pair[]
  /** Of those whose rankings gave a pair. */
  annotators: Set<string>
  rankings: number
}

async function collect(tx: Database, workspaceId: string, filter: DatasetFilter): Promise<Collected> {
  const found: Collected = { pairs: [], annotators: new Set(), rankings: 0 }
  const keep = (row: RankingRow, pairs: Pair[]) => {
    found.pairs.push(...pairs)
    found.rankings += 1
    if (pairs.length > 0) found.annotators.add(row.annotatorId)
  }
  const decided = new Set<string>()
  const decisions = filter.adjudication === 'wins' ? decisionsWhere(workspaceId, filter) : null
  for await (const row of decisions ? rankings(tx, decisions) : []) {
    const comparisonId = row.comparison.originalId!
    decided.add(comparisonId)
    keep(row, pairsOf(rankedComparison(row, comparisonId), filter))
  }
  const decisionPairs = found.pairs.length
  const said: Parameters<typeof annotatorModel>[0][number][] = []
  const annotatorOf = new Map<string, string>()
  for await (const row of rankings(tx, rankingsWhere(workspaceId, filter))) {
    const ranked = rankedComparison(row, row.comparisonId)
    const own = ranked.groups.filter((group) => !(row.editId && group.includes(row.editId)))
    said.push({ annotatorId: row.annotatorId, comparisonId: row.comparisonId, groups: own })
    annotatorOf.set(row.id, row.annotatorId)
    if (!decided.has(row.comparisonId)) keep(row, pairsOf(ranked, filter))
  }
  if (filter.weights === 'uniform') return found
  // Decisions keep a weight of 1, the mean; whom they overrule still tells how far annotators agree.
  const model = annotatorModel(said)
  const votes = found.pairs.slice(decisionPairs)
  const weights = weightsOfMeanOne(votes.map((pair) => model.get(annotatorOf.get(pair.rankingId)!)!.weight))
  const weighed = votes.map((pair, index) => ({ ...pair, weight: weights[index]! }))
  return { ...found, pairs: [...found.pairs.slice(0, decisionPairs), ...weighed] }
}

const completionText = { id: true, text: true } as const
const rankedInclude = {
  edit: { select: completionText },
  comparison: {
    include: {
      prompt: { select: { id: true, messages: true, split: true } },
      completions: {
        orderBy: { position: 'asc' },
        select: { completion: { select: completionText } },
      },
    },
  },
} satisfies Prisma.RankingInclude

type RankingRow = Prisma.RankingGetPayload<{ include: typeof rankedInclude }>

/** Oldest first. */
async function* rankings(tx: Database, where: Prisma.RankingWhereInput): AsyncGenerator<RankingRow> {
  let after: string | undefined
  for (;;) {
    const rows: RankingRow[] = await tx.ranking.findMany({
      where,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: rankingsPage,
      ...(after ? { cursor: { id: after }, skip: 1 } : {}),
      include: rankedInclude,
    })
    yield* rows
    if (rows.length < rankingsPage) return
    after = rows.at(-1)!.id
  }
}

/** A ranking as one of `comparisonId`, whose completions are those of its own comparison. */
function rankedComparison(row: RankingRow, comparisonId: string): RankedComparison {
  const { comparison } = row
  const members = comparison.completions.map(({ completion }) => completion)
  return {
    rankingId: row.id,
    comparisonId,
    promptId: comparison.prompt.id,
    messages: comparison.prompt.messages as RankedComparison['messages'],
    split: comparison.prompt.split,
    completions: row.edit ? [...members, row.edit] : members,
    editId: row.editId,
    groups: groupsSchema.parse(row.groups),
    strength: row.strength,
    flags: flagsSchema.parse(row.flags),
  }
}

function nothingFound({ rankings }: Collected, filter: DatasetFilter): WhetstoneError {
  if (rankings === 0) {
    return new WhetstoneError(
      'INVALID_INPUT',
      'No ranking passes the filter, so the dataset would be empty.',
      'Widen the filter, or have some comparisons ranked first.',
    )
  }
  const reasons = [
    filter.ties === 'drop' ? 'ties are left out' : null,
    filter.excludeFlagged ? 'flagged prompts and completions are left out' : null,
  ].filter((reason) => reason !== null)
  return new WhetstoneError(
    'INVALID_INPUT',
    `${rankings} ranking${rankings === 1 ? ' passes' : 's pass'} the filter, but no pair is left of ${
      rankings === 1 ? 'it' : 'them'
    }${reasons.length > 0 ? `: ${reasons.join(', and ')}` : ''}.`,
    'Keep ties, keep what was flagged, or have more comparisons ranked.',
  )
}
