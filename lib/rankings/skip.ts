import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { authoriseFor, giveSlotBack, lockAssignment } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'
import { transact } from './transact.ts'

export const skipInput = z.strictObject({
  assignmentId: z.string().min(1),
  reason: z.string().trim().min(1).max(500),
  batch: batchInput,
  /** Whether to answer with the progress too; true when absent. */
  progress: z.boolean().optional(),
})

/** Passes the comparison on to somebody else; this annotator does not get it again. Skipping twice is skipping once. */
export async function skip(
  actor: Actor,
  input: z.output<typeof skipInput>,
): Promise<{ progress?: Progress }> {
  authorise(actor, 'ranking.skip')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  await transact(async (tx) => {
    const assignment = await lockAssignment(tx, actor, input.assignmentId)
    authoriseFor(actor, assignment)
    if (assignment.ranked) {
      throw new WhetstoneError(
        'CONFLICT',
        'You have already ranked this comparison, so it cannot be skipped.',
        'Submit a changed ranking instead, or mark all of it bad.',
      )
    }
    if (assignment.status === 'SKIPPED') return
    await tx.assignment.update({
      where: { id: assignment.id },
      data: { status: 'SKIPPED', skipReason: input.reason, finishedAt: new Date() },
    })
    if (assignment.status === 'CLAIMED') await giveSlotBack(tx, assignment.comparisonId)
  })
  return input.progress === false ? {} : { progress: await progressOf(actor, batchId) }
}
