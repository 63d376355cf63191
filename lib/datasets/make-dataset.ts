import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db, Prisma } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { annotatorModel } from '../quality/annotator-model.ts'
import { type DatasetFilter, datasetFilter, rankingsWhere } from './dataset-filter.ts'
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
  filter: datasetFilter.default({ excludeFlagged: false, ties: 'drop', weights: 'uniform' }),
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
  const said: Parameters<typeof annotatorModel>[0][number][] = []
  const annotatorOf = new Map<string, string>()
  let after: string | undefined
  for (;;) {
    const rows = await tx.ranking.findMany({
      where: rankingsWhere(workspaceId, filter),
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: rankingsPage,
      ...(after ? { cursor: { id: after }, skip: 1 } : {}),
      include: {
        comparison: {
          include: {
            prompt: { select: { id: true, messages: true, split: true } },
            completions: {
              orderBy: { position: 'asc' },
              select: { completion: { select: { id: true, text: true } } },
            },
          },
        },
      },
    })
    for (const row of rows) {
      const { comparison } = row
      const ranked: RankedComparison = {
        rankingId: row.id,
        comparisonId: comparison.id,
        promptId: comparison.prompt.id,
        messages: comparison.prompt.messages as RankedComparison['messages'],
        split: comparison.prompt.split,
        completions: comparison.completions.map(({ completion }) => completion),
        groups: groupsSchema.parse(row.groups),
        strength: row.strength,
        flags: flagsSchema.parse(row.flags),
      }
      const pairs = pairsOf(ranked, filter)
      found.pairs.push(...pairs)
      found.rankings += 1
      said.push({ annotatorId: row.annotatorId, comparisonId: comparison.id, groups: ranked.groups })
      annotatorOf.set(row.id, row.annotatorId)
      if (pairs.length > 0) found.annotators.add(row.annotatorId)
    }
    if (rows.length < rankingsPage) break
    after = rows.at(-1)!.id
  }
  if (filter.weights === 'uniform') return found
  const model = annotatorModel(said)
  const weights = weightsOfMeanOne(
    found.pairs.map((pair) => model.get(annotatorOf.get(pair.rankingId)!)!.weight),
  )
  return { ...found, pairs: found.pairs.map((pair, index) => ({ ...pair, weight: weights[index]! })) }
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
