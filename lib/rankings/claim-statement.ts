import { randomUUID } from 'node:crypto'
import type { Actor } from '../auth/actor.ts'
import { Prisma } from '../db.ts'
import { newLease, utcNow } from './lease.ts'
import { inScope } from './scope.ts'

/**
 * One statement that picks the first open comparison the annotator has not had, takes a slot of it and leases it to them;
 * it returns the assignment's id, or no row when nothing is open. The id is null, and no slot taken, when the annotator
 * took or answered that comparison elsewhere after the statement began: then ask again. Rows that another annotator is
 * taking at this moment are passed over unless `wait` is true. An assignment that was released before keeps its shown order.
 */
export function claimStatement(actor: Actor, batchId: string | null, wait: boolean): Prisma.Sql {
  return Prisma.sql`
    with chosen as (
      select c.id from "Comparison" c
      where ${inScope(actor.workspaceId, batchId)} and c.taken < c.overlap and c.kind in ('LABEL', 'EVALUATION')
        and not exists (
          select from "Assignment" a
          where a."comparisonId" = c.id and a."annotatorId" = ${actor.userId} and a.status <> 'RELEASED')
      order by c.priority desc, c."createdAt", c.id
      limit 1
      for update of c ${wait ? Prisma.empty : Prisma.sql`skip locked`}
    ), mine as (
      insert into "Assignment" as had
        (id, "workspaceId", "comparisonId", "annotatorId", status, "shownOrder", "leaseUntil", "claimedAt")
      select ${randomUUID()}, ${actor.workspaceId}, chosen.id, ${actor.userId}, 'CLAIMED',
        (select array_agg(cc."completionId" order by random())
          from "ComparisonCompletion" cc where cc."comparisonId" = chosen.id),
        ${newLease}, ${utcNow}
      from chosen
      on conflict ("comparisonId", "annotatorId") do update
        set status = 'CLAIMED', "leaseUntil" = excluded."leaseUntil", "claimedAt" = excluded."claimedAt",
          "finishedAt" = null
        where had.status = 'RELEASED'
      returning id, "comparisonId"
    ), taken as (
      update "Comparison" c set taken = c.taken + 1 from mine where c.id = mine."comparisonId"
    )
    select mine.id from chosen left join mine on mine."comparisonId" = chosen.id`
}
