import { z } from 'zod'
import type { ComparisonKind } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'

export const listComparisonsInput = z.strictObject({
  ...pageInput,
  /** Id or name. */
  batch: z.string().min(1).optional(),
  /** Done: as many rankings as its overlap. */
  state: z.enum(['open', 'done']).optional(),
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

export async function listComparisons(
  actor: Actor,
  input: z.output<typeof listComparisonsInput>,
): Promise<Page<ComparisonItem>> {
  authorise(actor, 'comparison.list')
  const { overlap } = db.comparison.fields
  const where = {
    workspaceId: actor.workspaceId,
    ...(input.batch && { batch: { OR: [{ id: input.batch }, { name: input.batch }] } }),
    ...(input.state && { submitted: input.state === 'open' ? { lt: overlap } : { gte: overlap } }),
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
  }))
}
