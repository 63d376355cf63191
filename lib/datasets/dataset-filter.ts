import { z } from 'zod'
import type { Prisma } from '../db.ts'

const names = z.array(z.string().min(1).max(200)).min(1).max(200)

/** Which rankings become a dataset. Everything given must hold. */
export const datasetFilter = z.strictObject({
  /** Ids or names of batches. */
  batches: names.optional(),
  /** User ids. */
  annotators: names.optional(),
  /** Prompts with at least one of the tags. */
  tags: names.optional(),
  /** When the ranking was submitted, both inclusive. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** Leaves out rankings whose prompt was flagged, and pairs with a flagged completion. */
  excludeFlagged: z.boolean().default(false),
  /** Pairs of one group: left out, or kept as pairs without a winner. */
  ties: z.enum(['drop', 'keep']).default('drop'),
  /** Pairs weigh 1, or what the reliability of their annotator says; the mean over the pairs is 1. */
  weights: z.enum(['uniform', 'annotator']).default('uniform'),
  /**
   * A decision that passes the filter, its researcher and its time included, replaces what annotators said of its comparison; one that
   * does not leaves it as it was. Or all decisions are left out.
   */
  adjudication: z.enum(['wins', 'ignored']).default('wins'),
})
export type DatasetFilter = z.output<typeof datasetFilter>

/** The current rankings (superseded by none) of people's own comparisons: gold and repeated ones and evaluations are no preferences. */
export function rankingsWhere(workspaceId: string, filter: DatasetFilter): Prisma.RankingWhereInput {
  return { ...saidWhere(workspaceId, filter), comparison: comparisonWhere(filter) }
}

/**
 * The current decisions on people's own comparisons. A decision is its researcher's ranking: it must pass all of the filter, its
 * author and its time included.
 */
export function decisionsWhere(workspaceId: string, filter: DatasetFilter): Prisma.RankingWhereInput {
  return {
    ...saidWhere(workspaceId, filter),
    comparison: { kind: 'ADJUDICATION', original: { is: comparisonWhere(filter) } },
  }
}

function comparisonWhere({ batches, tags }: DatasetFilter) {
  return {
    kind: 'LABEL',
    ...(batches ? { batch: { OR: [{ id: { in: batches } }, { name: { in: batches } }] } } : {}),
    ...(tags ? { prompt: { tags: { hasSome: tags } } } : {}),
  } satisfies Prisma.ComparisonWhereInput
}

function saidWhere(workspaceId: string, { annotators, from, to }: DatasetFilter) {
  return {
    workspaceId,
    supersededBy: { is: null },
    ...(annotators ? { annotatorId: { in: annotators } } : {}),
    ...(from || to ? { createdAt: { ...(from ? { gte: from } : {}), ...(to ? { lte: to } : {}) } } : {}),
  } satisfies Prisma.RankingWhereInput
}
