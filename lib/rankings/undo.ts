import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { lockAnnotator, type Reopened } from './claim.ts'
import { reopenAssignment, showHeld } from './reopen.ts'
import { batchIdOf, batchInput, inScope } from './scope.ts'
import { transact } from './transact.ts'

export const undoInput = z.strictObject({
  batch: batchInput,
  /** As in claim, but reopening takes nothing more: what is held stays held. */
  hold: z.number().int().min(1).max(3).optional(),
  progress: z.boolean().optional(),
})

/**
 * Reopens this annotator's last ranking; again reopens the one before. What they hold besides stays theirs; what was reopened
 * before goes back to its ranking. The ranking stays in force until another is submitted in its place.
 * @throws WhetstoneError NOT_FOUND when there is no earlier one.
 */
export async function undo(actor: Actor, input: z.output<typeof undoInput>): Promise<Reopened> {
  authorise(actor, 'ranking.undo')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const reopened = await transact(async (tx) => {
    await lockAnnotator(tx, actor)
    const [last] = await tx.$queryRaw<{ id: string }[]>`
      with ranked as (
        select a.id, a.status, a."finishedAt" from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
        where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId}
          and a.status in ('CLAIMED', 'SUBMITTED') and a."finishedAt" is not null
          and ${inScope(actor.workspaceId, batchId)} and c.kind <> 'ADJUDICATION'
      )
      select id from ranked
      where status = 'SUBMITTED'
        and "finishedAt" < coalesce((select min("finishedAt") from ranked where status = 'CLAIMED'), 'infinity')
      order by "finishedAt" desc limit 1`
    if (!last) {
      throw new WhetstoneError(
        'NOT_FOUND',
        'There is no earlier ranking of yours to reopen.',
        'Rank the one in front of you.',
      )
    }
    await reopenAssignment(tx, actor, last.id)
    return last.id
  })
  return showHeld(actor, batchId, reopened, input.progress)
}
