import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { LEASE_MINUTES, lockAssignment } from './lease.ts'

export const renewInput = z.strictObject({ assignmentId: z.string().min(1) })

/**
 * Extends the lease while the page is open. One that ran out is taken again when its slot is still free.
 * @throws WhetstoneError LEASE_LOST when somebody else has the slot, or the comparison was answered.
 */
export async function renew(
  actor: Actor,
  { assignmentId }: z.output<typeof renewInput>,
): Promise<{ leaseUntil: Date }> {
  authorise(actor, 'queue.renew')
  return db.$transaction(async (tx) => {
    const assignment = await lockAssignment(tx, actor, assignmentId)
    const answered = assignment.status === 'SUBMITTED' || assignment.status === 'SKIPPED'
    const released = assignment.status === 'RELEASED'
    if (answered || (released && assignment.freeSlots === 0)) {
      throw new WhetstoneError(
        'LEASE_LOST',
        answered
          ? 'You have already answered this comparison.'
          : 'Your time on this comparison ran out and it went to others.',
        'Take the next one.',
      )
    }
    if (released) {
      await tx.comparison.update({
        where: { id: assignment.comparisonId },
        data: { taken: { increment: 1 } },
      })
    }
    const leaseUntil = new Date(Date.now() + LEASE_MINUTES * 60_000)
    await tx.assignment.update({
      where: { id: assignmentId },
      data: { leaseUntil, status: 'CLAIMED', ...(released && { finishedAt: null }) },
    })
    return { leaseUntil }
  })
}
