import type { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { lockAnnotator } from '../rankings/claim.ts'
import { reopenAssignment } from '../rankings/reopen.ts'
import { batchIdOf, inScope } from '../rankings/scope.ts'
import { type Adjudications, claimAdjudication, claimAdjudicationInput } from './claim-adjudication.ts'

export const reopenDecisionInput = claimAdjudicationInput.omit({ comparisonId: true })

/**
 * Reopens this researcher's last decision; again reopens the one before. It stays in force until another is submitted in its place.
 * @throws WhetstoneError NOT_FOUND when there is no earlier one
 */
export async function reopenDecision(
  actor: Actor,
  input: z.output<typeof reopenDecisionInput>,
): Promise<Adjudications> {
  authorise(actor, 'adjudication.claim')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  await db.$transaction(async (tx) => {
    await lockAnnotator(tx, actor)
    const [last] = await tx.$queryRaw<{ id: string }[]>`
      with decided as (
        select a.id, a.status, a."finishedAt" from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
        where ${inScope(actor.workspaceId, batchId)} and c.kind = 'ADJUDICATION'
          and a."annotatorId" = ${actor.userId} and a.status in ('CLAIMED', 'SUBMITTED') and a."finishedAt" is not null
      )
      select id from decided
      where status = 'SUBMITTED'
        and "finishedAt" < coalesce((select min("finishedAt") from decided where status = 'CLAIMED'), 'infinity')
      order by "finishedAt" desc limit 1`
    if (!last) {
      throw new WhetstoneError(
        'NOT_FOUND',
        'There is no earlier decision of yours to reopen.',
        'Decide the one in front of you.',
      )
    }
    await reopenAssignment(tx, actor, last.id)
  })
  return claimAdjudication(actor, input)
}
