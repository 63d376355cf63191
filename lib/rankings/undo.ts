import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { type AssignmentView, viewAssignment } from './assignment-view.ts'
import { endClaim, LEASE_MINUTES, lockAssignment } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'

export const undoInput = z.strictObject({ batch: batchInput })

/**
 * Reopens this annotator's last ranking; again reopens the one before. What they hold at the moment goes back to the queue.
 * The ranking stays in force until another is submitted in its place.
 */
export async function undo(
  actor: Actor,
  input: z.output<typeof undoInput>,
): Promise<{ assignment: AssignmentView; progress: Progress }> {
  authorise(actor, 'ranking.undo')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const mine = { workspaceId: actor.workspaceId, annotatorId: actor.userId }
  const reopened = await db.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`claim ${actor.userId}`}, 0))`
    const held = await tx.assignment.findMany({ where: { ...mine, status: 'CLAIMED' } })
    const reopenedBefore = held.flatMap((assignment) => assignment.finishedAt ?? [])
    const oldest = reopenedBefore.length ? new Date(Math.min(...reopenedBefore.map(Number))) : undefined
    const last = await tx.assignment.findFirst({
      where: { ...mine, status: 'SUBMITTED', ...(oldest && { finishedAt: { lt: oldest } }) },
      orderBy: { finishedAt: 'desc' },
    })
    if (!last) {
      throw new WhetstoneError(
        'NOT_FOUND',
        'There is no earlier ranking of yours to reopen.',
        'Rank the one in front of you.',
      )
    }
    const involved = [...held, last].sort((a, b) => (a.comparisonId < b.comparisonId ? -1 : 1))
    for (const assignment of involved) {
      const locked = await lockAssignment(tx, actor, assignment.id)
      if (assignment.id !== last.id) await endClaim(tx, locked)
    }
    await tx.assignment.update({
      where: { id: last.id },
      data: { status: 'CLAIMED', leaseUntil: new Date(Date.now() + LEASE_MINUTES * 60_000) },
    })
    return last.id
  })
  return {
    assignment: await viewAssignment(db, reopened),
    progress: await progressOf(db, actor, batchId),
  }
}
