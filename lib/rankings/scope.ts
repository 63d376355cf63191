import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { type Database, Prisma } from '../db.ts'
import { notFound } from '../errors.ts'
import { utcNow } from './lease.ts'

export type Person = Pick<Actor, 'userId' | 'workspaceId'>

/** A batch by its id or its name; the whole workspace when absent. */
export const batchInput = z.string().min(1).max(200).optional()

const MANY = 10_000
const kept = globalThis as { whetstoneBatches?: Set<string> }
/** `workspace batch` of ids that were found: an id never comes to mean another batch. */
const known = kept.whetstoneBatches ?? new Set<string>()
kept.whetstoneBatches = known

/** The batch's id, or null for the whole workspace. @throws WhetstoneError NOT_FOUND */
export async function batchIdOf(
  tx: Database,
  workspaceId: string,
  batch: string | undefined,
): Promise<string | null> {
  if (batch === undefined) return null
  const key = `${workspaceId} ${batch}`
  if (known.has(key)) return batch
  const found = await tx.batch.findFirst({
    where: { workspaceId, OR: [{ id: batch }, { name: batch }] },
    select: { id: true },
  })
  if (!found) throw notFound('batch', batch)
  if (found.id === batch && known.size < MANY) known.add(key)
  return found.id
}

/** The part of a WHERE that keeps to a scope, for a Comparison named c. */
export function inScope(workspaceId: string, batchId: string | null): Prisma.Sql {
  const workspace = Prisma.sql`c."workspaceId" = ${workspaceId}`
  return batchId === null ? workspace : Prisma.sql`${workspace} and c."batchId" = ${batchId}`
}

/** Comparisons whose rankings are labels: the ones the queue serves, and progress counts. */
export const isLabel = Prisma.sql`c.kind in ('LABEL', 'EVALUATION')`

/** The part of a WHERE for a Comparison named c that still wants rankings and that this annotator may be given. */
export function openTo(actor: Person, batchId: string | null): Prisma.Sql {
  return Prisma.sql`${inScope(actor.workspaceId, batchId)} and c.taken < c.overlap and ${isLabel}
    and (c."assigneeIds" = '{}' or ${actor.userId} = any(c."assigneeIds"))
    and ${notHad(actor)}`
}

/**
 * The part of a WHERE for a Comparison named c that the annotator has not had. A scalar, not an EXISTS: few rows are looked
 * at, and each is one probe of a unique index however much the annotator has had.
 */
export function notHad(actor: Person): Prisma.Sql {
  return Prisma.sql`coalesce((
    select a.status from "Assignment" a where a."comparisonId" = c.id and a."annotatorId" = ${actor.userId}
  ), 'RELEASED') = 'RELEASED'`
}

/** The order in which open comparisons are served. */
export const served = Prisma.sql`c.priority desc, c."createdAt", c.id`

/**
 * What an annotator holds: the rows of "Assignment" a and "Comparison" c. Adjudications have a queue of their own; one that
 * was reopened from the history, ranked or skipped, is served with the rest.
 */
export function heldBy(actor: Person, batchId: string | null): Prisma.Sql {
  return Prisma.sql`
    from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
    where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId} and a.status = 'CLAIMED'
      and a."leaseUntil" > ${utcNow} and ${inScope(actor.workspaceId, batchId)}
      and (c.kind <> 'ADJUDICATION' or a."finishedAt" is not null or a."skipReason" is not null)`
}
