import { Prisma } from '../db.ts'
import type { ViewRow } from './assignment-view.ts'
import { viewSeen } from './assignment-view.ts'
import { newLease, utcNow } from './lease.ts'
import { heldBy, openTo, type Person, served } from './scope.ts'
import { countTaken, takeChosen } from './take.ts'

export interface Claimed {
  /** What the annotator holds now. */
  items: ViewRow[]
  /** A lease ran out, so nothing was taken: free it and ask again. */
  expired: boolean
  /** Gold or repeated items are mixed in here, so nothing was taken: see takePlanned. */
  mixed: boolean
  /** Something was chosen that the annotator took or answered elsewhere after the statement began: ask again. */
  overtaken: boolean
}

interface Asked {
  batchId: string | null
  /** How many the annotator wants to hold. */
  hold: number
  /** Take also when leases have run out. */
  evenExpired: boolean
}

/**
 * One statement, one row (Claimed): what the annotator holds, filled up to `hold` with the first open comparisons they have
 * not had, each with a slot taken and leased to them. Leases that are more than a minute old are renewed. What others are
 * taking at this moment is passed over: it waits for no comparison while it holds others.
 */
export function claimStatement(actor: Person, { batchId, hold, evenExpired }: Asked): Prisma.Sql {
  const batches =
    batchId === null ? Prisma.sql`"workspaceId" = ${actor.workspaceId}` : Prisma.sql`id = ${batchId}`
  return Prisma.sql`
    with held as (
      select a.id, a."comparisonId", a."shownOrder", a."leaseUntil", a."claimedAt", a."finishedAt", a."skipReason"
      ${heldBy(actor, batchId)}
    ), renewed as (
      update "Assignment" a set "leaseUntil" = ${newLease} from held
      where a.id = held.id and a.status = 'CLAIMED' and a."leaseUntil" < ${newLease} - interval '1 minute'
      returning a.id, a."leaseUntil"
    ), state as (
      select
        not ${evenExpired} and exists (
          select from "Assignment" where status = 'CLAIMED' and "leaseUntil" < ${utcNow}
            and "workspaceId" = ${actor.workspaceId}) as expired,
        exists (select from "Batch" where ${batches} and ("goldRate" > 0 or "repeatRate" > 0)) as mixed
    ), chosen as (
      select c.id, c.priority, c."createdAt" from "Comparison" c
      where ${openTo(actor, batchId)}
      order by ${served}
      limit (select case when expired or mixed then 0 else greatest(${hold} - (select count(*) from held), 0) end
        from state)
      for update of c skip locked
    ), mine as (${takeChosen(actor, undefined, Prisma.sql`priority desc, "createdAt", id`)}
    ), counted as (${countTaken}
    ), seen as (
      select held.id, held."comparisonId", held."shownOrder", coalesce(renewed."leaseUntil", held."leaseUntil") as "leaseUntil",
        held."claimedAt", held."finishedAt", held."skipReason"
      from held left join renewed on renewed.id = held.id
      union all
      select id, "comparisonId", "shownOrder", "leaseUntil", "claimedAt", null, null from mine
    )
    select state.*, (${viewSeen}) as items,
      (select count(*) from chosen) > (select count(*) from mine) as overtaken
    from state`
}
