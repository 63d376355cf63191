import { randomInt, randomUUID } from 'node:crypto'
import { type Database, Prisma } from '../db.ts'
import { clockNow, newLease } from './lease.ts'
import type { Person } from './scope.ts'

/**
 * Leases one given comparison to the actor; returns the assignment's id, or null when no slot is free or the actor has had
 * it. An assignment that was released before keeps its shown order; a new one has `shownOrder`, or a shuffled one.
 */
export async function takeComparison(
  tx: Database,
  actor: Person,
  comparisonId: string,
  shownOrder?: string[],
): Promise<string | null> {
  const [taken] = await tx.$queryRaw<{ id: string }[]>`
    with chosen as (
      select c.id from "Comparison" c
      where c.id = ${comparisonId} and c."workspaceId" = ${actor.workspaceId} and c.taken < c.overlap
      for update of c
    ), mine as (${takeChosen(actor, shownOrder)}), counted as (${countTaken})
    select id from mine`
  return taken?.id ?? null
}

/**
 * Inserts or revives the actor's assignments of the rows of `chosen`, claimed in the given order; those they have had are
 * left out.
 */
export function takeChosen(actor: Person, shownOrder?: string[], order = Prisma.sql`1`): Prisma.Sql {
  const shown = shownOrder
    ? Prisma.sql`${shownOrder}::text[]`
    : Prisma.sql`(select array_agg(cc."completionId" order by random())
        from "ComparisonCompletion" cc where cc."comparisonId" = chosen.id)`
  return Prisma.sql`
    insert into "Assignment" as had
      (id, "workspaceId", "comparisonId", "annotatorId", status, "shownOrder", "leaseUntil", "claimedAt")
    select gen_random_uuid()::text, ${actor.workspaceId}, chosen.id, ${actor.userId}, 'CLAIMED', ${shown}, ${newLease},
      ${clockNow} - (count(*) over () - row_number() over (order by ${order})) * interval '1 millisecond'
    from chosen
    on conflict ("comparisonId", "annotatorId") do update
      set status = 'CLAIMED', "leaseUntil" = excluded."leaseUntil", "claimedAt" = excluded."claimedAt",
        "finishedAt" = null, "skipReason" = null
      where had.status = 'RELEASED'
    returning had.id, had."comparisonId", had."shownOrder", had."leaseUntil", had."claimedAt"`
}

/** Takes a slot of each comparison in `mine`; an array, so that they are always found by index. */
export const countTaken = Prisma.sql`
  update "Comparison" c set taken = c.taken + 1 where c.id = any(array(select "comparisonId" from mine))`

/**
 * The completions of one comparison that the annotator has ranked, as a comparison of its own that only they get, in
 * another order than the first time. Returns the new assignment's id.
 */
export async function takeRepeat(
  tx: Database,
  actor: Person,
  original: { comparisonId: string; shownOrder: string[] },
): Promise<string> {
  const id = randomUUID()
  await tx.$executeRaw`
    insert into "Comparison" (id, "workspaceId", "promptId", "batchId", kind, overlap, "assigneeIds", "originalId", "createdAt")
    select ${id}, c."workspaceId", c."promptId", c."batchId", 'REPEAT', 1, array[${actor.userId}], c.id, ${clockNow}
    from "Comparison" c where c.id = ${original.comparisonId}`
  await tx.$executeRaw`
    insert into "ComparisonCompletion" ("comparisonId", "completionId", position)
    select ${id}, cc."completionId", cc.position from "ComparisonCompletion" cc
    where cc."comparisonId" = ${original.comparisonId}`
  const assignmentId = await takeComparison(tx, actor, id, orderUnlike(original.shownOrder))
  if (!assignmentId) throw new Error(`the repeat ${id} was made and could not be taken`)
  return assignmentId
}

/** A random order of the ids that differs from the given one; any but the given one is equally likely. */
export function orderUnlike(ids: string[]): string[] {
  const order = [...ids]
  do {
    for (let last = order.length - 1; last > 0; last--) {
      const other = randomInt(last + 1)
      ;[order[last], order[other]] = [order[other]!, order[last]!]
    }
  } while (order.length > 1 && order.every((id, index) => id === ids[index]))
  return order
}
