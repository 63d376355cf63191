import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise, may } from '../auth/permissions.ts'
import { db, Prisma } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { authoriseFor, clockNow, LEASE_MINUTES, lockAssignment } from './lease.ts'
import { transact } from './transact.ts'

const id = z.string().min(1).max(100)

export const renewInput = z
  .strictObject({ assignmentId: id.optional(), assignmentIds: z.array(id).min(1).max(10).optional() })
  .refine(
    ({ assignmentId, assignmentIds }) => (assignmentId === undefined) !== (assignmentIds === undefined),
    {
      error: 'give either assignmentId or assignmentIds',
    },
  )

/**
 * Extends the leases while the page is open. One that ran out is taken again when its slot is still free.
 * @throws WhetstoneError LEASE_LOST when somebody else has the slot, or the comparison was answered: the message names the
 * assignments lost; the others are renewed all the same.
 */
export async function renew(
  actor: Actor,
  { assignmentId, assignmentIds }: z.output<typeof renewInput>,
): Promise<{ leaseUntil: Date }> {
  authorise(actor, 'queue.renew')
  const ids = assignmentIds ?? [assignmentId!]
  const leaseUntil = new Date(Date.now() + LEASE_MINUTES * 60_000)
  const lost: { id: string; answered: boolean }[] = []
  // One by one: each locks one comparison and waits for no other while it does.
  for (const id of new Set(ids)) {
    const outcome = await renewOne(actor, id, leaseUntil)
    if (outcome !== 'renewed') lost.push({ id, answered: outcome === 'answered' })
  }
  if (lost.length === 0) return { leaseUntil }
  const answered = lost.every((each) => each.answered)
  const message = answered
    ? 'You have already answered this comparison.'
    : 'Your time on this comparison ran out and it went to others.'
  throw new WhetstoneError(
    'LEASE_LOST',
    assignmentIds ? `${message} Lost: ${lost.map(({ id }) => `'${id}'`).join(', ')}.` : message,
    'Take the next one.',
  )
}

async function renewOne(
  actor: Actor,
  assignmentId: string,
  leaseUntil: Date,
): Promise<'renewed' | 'answered' | 'lost'> {
  // Nothing but the assignment's own row changes while its lease runs, so this needs no lock of the comparison.
  const theirs = may(actor.role, 'adjudication.claim')
    ? Prisma.empty
    : Prisma.sql`and not exists (
        select from "Comparison" c where c.id = "comparisonId" and c.kind = 'ADJUDICATION')`
  const running = await db.$executeRaw`
    update "Assignment" set "leaseUntil" = ${leaseUntil}
    where id = ${assignmentId} and "annotatorId" = ${actor.userId} and "workspaceId" = ${actor.workspaceId}
      and status = 'CLAIMED' and "leaseUntil" > ${clockNow} ${theirs}`
  if (running === 1) return 'renewed'
  return transact(async (tx) => {
    const assignment = await lockAssignment(tx, actor, assignmentId)
    authoriseFor(actor, assignment)
    if (assignment.status === 'SUBMITTED' || assignment.status === 'SKIPPED') return 'answered'
    const released = assignment.status === 'RELEASED'
    if (released && !assignment.slotFree) return 'lost'
    if (released) {
      await tx.comparison.update({
        where: { id: assignment.comparisonId },
        data: { taken: { increment: 1 } },
      })
    }
    await tx.assignment.update({
      where: { id: assignmentId },
      data: { leaseUntil, status: 'CLAIMED', ...(released && { finishedAt: null }) },
    })
    return 'renewed'
  })
}
