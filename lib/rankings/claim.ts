import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { type AssignmentView, viewAssignment } from './assignment-view.ts'
import { claimStatement } from './claim-statement.ts'
import { freeExpired, newLease, utcNow } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'

export const claimInput = z.strictObject({ batch: batchInput })

/**
 * The comparison this annotator ranks next, leased to them for five minutes: the one they already hold (after a reload),
 * or the first open one they have not had, by priority and then age. Null when there is none.
 */
export async function claim(
  actor: Actor,
  input: z.output<typeof claimInput>,
): Promise<{ assignment: AssignmentView | null; progress: Progress }> {
  authorise(actor, 'queue.claim')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  await freeExpired(db, actor.workspaceId)

  const assignmentId = await db.$transaction(async (tx) => {
    // Two tabs of one person must not each take a comparison.
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`claim ${actor.userId}`}, 0))`
    return hold(tx, actor, batchId)
  })

  return {
    assignment: assignmentId === null ? null : await viewAssignment(db, assignmentId),
    progress: await progressOf(db, actor, batchId),
  }
}

async function hold(tx: Database, actor: Actor, batchId: string | null): Promise<string | null> {
  for (;;) {
    const [held] = await tx.$queryRaw<{ id: string }[]>`
      update "Assignment" set "leaseUntil" = ${newLease}
      where id = (
        select a.id from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
        where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId} and a.status = 'CLAIMED'
          and a."leaseUntil" > ${utcNow} and (${batchId}::text is null or c."batchId" = ${batchId})
        order by a."claimedAt" desc limit 1)
        and status = 'CLAIMED'
      returning id`
    if (held) return held.id
    const take = (wait: boolean) =>
      tx.$queryRaw<{ id: string | null }[]>(claimStatement(actor, batchId, wait))
    // Near the end of a batch the only rows left may be busy for a moment, yet have slots: "nothing left" must be true.
    const taken = (await take(false))[0] ?? (await take(true))[0]
    if (!taken) return null
    if (taken.id) return taken.id
    // A renewal or a late answer of their own revived that very assignment: the next round sees it.
  }
}
