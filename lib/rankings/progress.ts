import type { Actor } from '../auth/actor.ts'
import type { Database } from '../db.ts'
import { inScope } from './scope.ts'

export interface Progress {
  /** Comparisons this annotator has ranked. */
  mine: number
  /** Rankings there are, of everybody. */
  done: number
  /** Rankings wanted. */
  total: number
  /** Comparisons this annotator could still be given, the one they hold included. */
  remainingForMe: number
}

/** Counts of a batch, or of the whole workspace when `batchId` is null. */
export async function progressOf(tx: Database, actor: Actor, batchId: string | null): Promise<Progress> {
  const [progress] = await tx.$queryRaw<Progress[]>`
    select
      count(*) filter (where a.status = 'SUBMITTED')::int as mine,
      coalesce(sum(c.submitted), 0)::int as done,
      coalesce(sum(c.overlap), 0)::int as total,
      count(*) filter (where a.status = 'CLAIMED'
        or c.taken < c.overlap and (a.status is null or a.status = 'RELEASED'))::int as "remainingForMe"
    from "Comparison" c
    left join "Assignment" a on a."comparisonId" = c.id and a."annotatorId" = ${actor.userId}
    where ${inScope(actor.workspaceId, batchId)}`
  return progress!
}
