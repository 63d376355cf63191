import { z } from 'zod'
import { type Database, Prisma } from '../db.ts'
import { notFound } from '../errors.ts'

/** A batch by its id or its name; the whole workspace when absent. */
export const batchInput = z.string().min(1).max(200).optional()

/** The batch's id, or null for the whole workspace. @throws WhetstoneError NOT_FOUND */
export async function batchIdOf(
  tx: Database,
  workspaceId: string,
  batch: string | undefined,
): Promise<string | null> {
  if (batch === undefined) return null
  const found = await tx.batch.findFirst({
    where: { workspaceId, OR: [{ id: batch }, { name: batch }] },
    select: { id: true },
  })
  if (!found) throw notFound('batch', batch)
  return found.id
}

/** The part of a WHERE that keeps to a scope, for a Comparison named c. */
export function inScope(workspaceId: string, batchId: string | null): Prisma.Sql {
  const workspace = Prisma.sql`c."workspaceId" = ${workspaceId}`
  return batchId === null ? workspace : Prisma.sql`${workspace} and c."batchId" = ${batchId}`
}
