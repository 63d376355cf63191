import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { clockNow } from '../rankings/lease.ts'
import { isAskedAgain } from './asked-again.ts'

export const requeueInput = z.strictObject({ id: z.string().min(1) })

const mostOverlap = 100

/**
 * Asks one more annotator to rank a comparison, before all others of its batch. Nobody who had it is asked again, and while one more is
 * asked already another request changes nothing.
 * @throws WhetstoneError NOT_FOUND; CONFLICT when it is no comparison of the queue's, has the most annotators there may be, or when nobody
 * is left who may be asked and has no place yet
 */
export async function requeue(
  actor: Actor,
  { id }: z.output<typeof requeueInput>,
): Promise<{ overlap: number; priority: number }> {
  authorise(actor, 'comparison.requeue')
  const { workspaceId } = actor
  return db.$transaction(async (tx) => {
    const [found] = await tx.$queryRaw<Locked[]>`
      select c.kind::text as kind, c.overlap, c.taken, c.submitted, c.priority, c."batchId", c."assigneeIds"
      from "Comparison" c where c.id = ${id} and c."workspaceId" = ${workspaceId} for update`
    if (!found) throw notFound('comparison', id)
    if (found.kind === 'LABEL' && found.overlap > found.submitted && (await isWaiting(tx, id))) {
      // Somebody asked before may have changed their ranking since, which is in doubt anew.
      await tx.$executeRaw`
        update "Comparison" c set "requeuedAt" = ${clockNow} where id = ${id} and exists (
          select from "Ranking" r where r."comparisonId" = c.id and r."createdAt" > c."requeuedAt")`
      return { overlap: found.overlap, priority: found.priority }
    }
    await refuseUseless(tx, workspaceId, id, found)
    const overlap = found.overlap + 1
    const { _max } = await tx.comparison.aggregate({
      where: { workspaceId, batchId: found.batchId, id: { not: id } },
      _max: { priority: true },
    })
    const [{ priority }] = await tx.$queryRaw<[{ priority: number }]>`
      update "Comparison" set overlap = ${overlap}, "requeuedAt" = ${clockNow},
        priority = greatest(priority, ${(_max.priority ?? -1) + 1}::int)
      where id = ${id} returning priority`
    await audit(tx, actor, 'comparison.requeue', id, { overlap, priority })
    return { overlap, priority }
  })
}

interface Locked {
  kind: string
  overlap: number
  taken: number
  submitted: number
  priority: number
  batchId: string | null
  assigneeIds: string[]
}

/** A statement of its own: it sees what came while the lock was waited for. */
async function isWaiting(tx: Database, id: string): Promise<boolean> {
  const [waiting] = await tx.$queryRaw<object[]>`
    select c.id from "Comparison" c where c.id = ${id} and ${isAskedAgain}`
  return waiting !== undefined
}

async function refuseUseless(
  tx: Database,
  workspaceId: string,
  id: string,
  { kind, overlap, taken, assigneeIds }: Locked,
): Promise<void> {
  if (kind !== 'LABEL') {
    throw new WhetstoneError(
      'CONFLICT',
      `This comparison is of the kind ${kind}, which nobody else can be asked about.`,
      'Only comparisons that annotators label go back to the queue.',
    )
  }
  if (overlap >= mostOverlap) {
    throw new WhetstoneError(
      'CONFLICT',
      `This comparison asks ${overlap} annotators already, the most there may be.`,
      'Adjudicate it instead.',
    )
  }
  const left = await tx.member.count({
    where: {
      workspaceId,
      ...(assigneeIds.length > 0 && { userId: { in: assigneeIds } }),
      user: { assignments: { none: { comparisonId: id, status: { not: 'RELEASED' } } } },
    },
  })
  const places = overlap - taken
  if (left > places) return
  const everybody =
    assigneeIds.length > 0 ? 'Everybody this comparison is assigned to' : 'Everybody in the workspace'
  throw new WhetstoneError(
    'CONFLICT',
    left === 0
      ? `${everybody} has had ${assigneeIds.length > 0 ? 'it' : 'this comparison'}.`
      : `${everybody} has had ${assigneeIds.length > 0 ? 'it' : 'this comparison'} or will be asked: ${places} more, of ${left} left.`,
    assigneeIds.length > 0
      ? 'Assign its batch to others too, or adjudicate it.'
      : 'Invite another annotator, or adjudicate it.',
  )
}
