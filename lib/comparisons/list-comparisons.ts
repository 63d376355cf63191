import { z } from 'zod'
import type { ComparisonKind } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, Prisma } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'

export const listComparisonsInput = z.strictObject({
  ...pageInput,
  /** Id or name. */
  batch: z.string().min(1).optional(),
  /** Done: as many rankings as its overlap. Gold ones are neither open nor done: they go to everybody. */
  state: z.enum(['open', 'done']).optional(),
  /** Without it, all but the copies that repeats and adjudications are. */
  kind: z.enum(['LABEL', 'GOLD', 'EVALUATION', 'REPEAT', 'ADJUDICATION']).optional(),
  /** What chose it. */
  by: z.enum(['random', 'disagreement', 'information', 'coverage', 'none']).optional(),
  /** Sent back to the queue because its rankings looked wrong; or somebody's current ranking flags the prompt or a completion. */
  mark: z.enum(['requeued', 'flagged']).optional(),
})

export interface ComparisonItem {
  id: string
  prompt: { id: string; text: string }
  batch: { id: string; name: string } | null
  kind: ComparisonKind
  size: number
  overlap: number
  taken: number
  submitted: number
  priority: number
  createdAt: Date
}

export interface ListedComparison extends ComparisonItem {
  /** Why it was chosen, in words; null when nothing chose it. */
  reason: { by: string; value?: number; text: string; rewardId?: string } | null
  requeuedAt: Date | null
  /** The flags of its current rankings, each once. */
  flags: string[]
  /** How many people it is for; 0 for anyone. */
  assignees: number
}

const noFlags = { flags: { equals: [] } }

export async function listComparisons(
  actor: Actor,
  input: z.output<typeof listComparisonsInput>,
): Promise<Page<ListedComparison>> {
  authorise(actor, 'comparison.list')
  const { overlap } = db.comparison.fields
  const where: Prisma.ComparisonWhereInput = {
    workspaceId: actor.workspaceId,
    ...(input.batch && { batch: { OR: [{ id: input.batch }, { name: input.batch }] } }),
    AND: [
      input.kind ? { kind: input.kind } : { originalId: null },
      ...(input.state
        ? [
            { kind: { not: 'GOLD' as const } },
            { submitted: input.state === 'open' ? { lt: overlap } : { gte: overlap } },
          ]
        : []),
    ],
    ...(input.by === 'none' && { reason: { equals: Prisma.DbNull } }),
    ...(input.by && input.by !== 'none' && { reason: { path: ['by'], equals: input.by } }),
    ...(input.mark === 'requeued' && { requeuedAt: { not: null } }),
    ...(input.mark === 'flagged' && { rankings: { some: { supersededBy: null, NOT: noFlags } } }),
    ...(input.q && { prompt: { text: { contains: input.q, mode: 'insensitive' as const } } }),
  }
  const [rows, total] = await Promise.all([
    db.comparison.findMany({
      where: { ...where, ...afterCursor(input.cursor) },
      orderBy: newestFirst,
      take: input.limit + 1,
      include: {
        prompt: { select: { id: true, text: true } },
        batch: { select: { id: true, name: true } },
        rankings: { where: { supersededBy: null, NOT: noFlags }, select: { flags: true } },
        _count: { select: { completions: true } },
      },
    }),
    db.comparison.count({ where }),
  ])
  return pageOf(rows, input.limit, total, (row) => ({
    id: row.id,
    prompt: row.prompt,
    batch: row.batch,
    kind: row.kind,
    size: row._count.completions,
    overlap: row.overlap,
    taken: row.taken,
    submitted: row.submitted,
    priority: row.priority,
    createdAt: row.createdAt,
    reason: row.reason as ListedComparison['reason'],
    requeuedAt: row.requeuedAt,
    flags: [
      ...new Set(row.rankings.flatMap(({ flags }) => (flags as { flag: string }[]).map((each) => each.flag))),
    ],
    assignees: row.assigneeIds.length,
  }))
}
