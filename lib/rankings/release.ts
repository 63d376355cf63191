import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { endClaim, lockAssignment } from './lease.ts'
import { transact } from './transact.ts'

export const releaseInput = z.strictObject({ assignmentId: z.string().min(1) })

/** Gives a claimed comparison back; one that is answered or released already stays as it is. */
export async function release(
  actor: Actor,
  { assignmentId }: z.output<typeof releaseInput>,
): Promise<{ released: boolean }> {
  authorise(actor, 'queue.release')
  return transact(async (tx) => {
    const assignment = await lockAssignment(tx, actor, assignmentId)
    await endClaim(tx, assignment)
    return { released: assignment.status === 'CLAIMED' }
  })
}
