import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import { type ModelRow, modelRow, modelRowSelect } from './model-row.ts'

export const listModelsInput = z.strictObject({ ...pageInput, kind: z.enum(['POLICY', 'REWARD']).optional() })

/** The workspace's model versions, newest first. */
export async function listModels(
  actor: Actor,
  { q, cursor, limit, kind }: z.output<typeof listModelsInput>,
): Promise<Page<ModelRow>> {
  authorise(actor, 'model.list')
  const where: Prisma.ModelVersionWhereInput = {
    workspaceId: actor.workspaceId,
    ...(kind ? { kind } : {}),
    ...(q ? { name: { contains: q, mode: 'insensitive' } } : {}),
  }
  const [rows, total] = await Promise.all([
    db.modelVersion.findMany({
      where: { AND: [where, afterCursor(cursor)] },
      orderBy: newestFirst,
      take: limit + 1,
      select: modelRowSelect,
    }),
    db.modelVersion.count({ where }),
  ])
  return pageOf(rows, limit, total, modelRow)
}
