import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { viewAssignments } from './assignment-view.ts'
import { lockAnnotator, type Reopened } from './claim.ts'
import { authoriseFor, endClaim, type LockedAssignment, lockAssignment, newLease } from './lease.ts'
import { progressOf } from './progress.ts'
import { batchIdOf, batchInput, heldBy } from './scope.ts'
import { transact } from './transact.ts'

export const reopenInput = z.strictObject({
  assignmentId: z.string().min(1),
  /** Whose held items and progress to answer with; the whole workspace when absent. */
  batch: batchInput,
  /** As in claim, but reopening takes nothing more: what is held stays held. */
  hold: z.number().int().min(1).max(3).optional(),
  progress: z.boolean().optional(),
})

/**
 * Reopens one of this annotator's rankings, as undo does the last, or something they skipped: that is held again when its
 * slot is still free.
 * @throws WhetstoneError CONFLICT when others took the slot, or it was neither ranked nor skipped.
 */
export async function reopen(actor: Actor, input: z.output<typeof reopenInput>): Promise<Reopened> {
  authorise(actor, 'ranking.reopen')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  await transact(async (tx) => {
    await lockAnnotator(tx, actor)
    await reopenAssignment(tx, actor, input.assignmentId)
  })
  return showHeld(actor, batchId, input.assignmentId, input.progress)
}

/** Reopens an assignment and ends the others that are reopened; the annotator is locked. */
export async function reopenAssignment(tx: Database, actor: Actor, id: string): Promise<void> {
  const others = await tx.$queryRaw<{ id: string; comparisonId: string }[]>`
    select a.id, a."comparisonId" from "Assignment" a
    where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId}
      and (a.id = ${id} or a.status = 'CLAIMED' and (a."finishedAt" is not null or a."skipReason" is not null))
    order by a."comparisonId" collate "C"`
  for (const other of others) {
    const locked = await lockAssignment(tx, actor, other.id)
    if (other.id !== id) await endClaim(tx, locked)
  }
  const assignment = await lockAssignment(tx, actor, id)
  authoriseFor(actor, assignment)
  if (assignment.status === 'CLAIMED') return
  if (assignment.status === 'RELEASED') {
    throw new WhetstoneError(
      'CONFLICT',
      'You have neither ranked nor skipped this comparison.',
      'Rank the one in front of you.',
    )
  }
  if (assignment.status === 'SKIPPED') await takeBack(tx, assignment)
  await tx.$executeRaw`
    update "Assignment" set status = 'CLAIMED', "leaseUntil" = ${newLease},
      "finishedAt" = case when status = 'SUBMITTED' then "finishedAt" end
    where id = ${id}`
}

async function takeBack(tx: Database, { comparisonId, slotFree }: LockedAssignment): Promise<void> {
  if (!slotFree) {
    throw new WhetstoneError(
      'CONFLICT',
      'Others have ranked this comparison since you skipped it, or it is no longer for you.',
      'It needs nothing more of you. Take the next one.',
    )
  }
  await tx.comparison.update({ where: { id: comparisonId }, data: { taken: { increment: 1 } } })
}

/** The reopened assignment and what the annotator holds besides, as claim answers. */
export async function showHeld(
  actor: Actor,
  batchId: string | null,
  reopened: string,
  progress: boolean | undefined,
): Promise<Reopened> {
  const held = await db.$queryRaw<{ id: string }[]>`select a.id ${heldBy(actor, batchId)}`
  const views = await viewAssignments(db, [...new Set([reopened, ...held.map(({ id }) => id)])])
  return {
    assignment: views.find(({ id }) => id === reopened)!,
    upcoming: views.filter(({ id }) => id !== reopened),
    ...(progress !== false && { progress: await progressOf(actor, batchId) }),
  }
}
