import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'

export interface BatchItem {
  id: string
  name: string
  createdAt: Date
  comparisons: number
  /** Rankings wanted and rankings there are. */
  wanted: number
  done: number
}

/** The batches with their progress, newest first. */
export async function listBatches(
  actor: Actor,
): Promise<{ items: BatchItem[]; nextCursor: null; total: number }> {
  authorise(actor, 'comparison.list')
  const { workspaceId } = actor
  const [batches, sums] = await Promise.all([
    db.batch.findMany({ where: { workspaceId }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }),
    db.comparison.groupBy({
      by: ['batchId'],
      where: { workspaceId },
      _count: true,
      _sum: { overlap: true, submitted: true },
    }),
  ])
  const sumOf = new Map(sums.map((sum) => [sum.batchId, sum]))
  const items = batches.map(({ id, name, createdAt }) => {
    const sum = sumOf.get(id)
    const wanted = sum?._sum.overlap ?? 0
    return { id, name, createdAt, comparisons: sum?._count ?? 0, wanted, done: sum?._sum.submitted ?? 0 }
  })
  return { items, nextCursor: null, total: items.length }
}
