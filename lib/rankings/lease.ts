import type { AssignmentStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { type Database, Prisma } from '../db.ts'
import { notFound } from '../errors.ts'

export const LEASE_MINUTES = 5

/** Prisma keeps times as UTC without a zone, so `now()` must be brought to UTC whatever the session's zone is. */
export const utcNow = Prisma.sql`(now() at time zone 'utc')`
export const newLease = Prisma.sql`(now() at time zone 'utc' + make_interval(mins => ${LEASE_MINUTES}))`

export interface LockedAssignment {
  id: string
  comparisonId: string
  status: AssignmentStatus
  /** A ranking of this assignment exists: it was reopened, or is submitted. */
  ranked: boolean
  /** Slots of the comparison not taken by anybody. */
  freeSlots: number
}

/**
 * The actor's assignment with its comparison locked until the transaction ends. Everything that changes an assignment
 * locks the comparison first and in order of id, so that no two wait for each other.
 */
export async function lockAssignment(
  tx: Database,
  actor: Actor,
  assignmentId: string,
): Promise<LockedAssignment> {
  await tx.$queryRaw`
    select c.id from "Comparison" c
    where c.id = (
      select a."comparisonId" from "Assignment" a
      where a.id = ${assignmentId} and a."annotatorId" = ${actor.userId} and a."workspaceId" = ${actor.workspaceId})
    for update`
  const [row] = await tx.$queryRaw<LockedAssignment[]>`
    select a.id, a."comparisonId", a.status::text as status, c.overlap - c.taken as "freeSlots",
      exists (select from "Ranking" r where r."assignmentId" = a.id) as ranked
    from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
    where a.id = ${assignmentId} and a."annotatorId" = ${actor.userId} and a."workspaceId" = ${actor.workspaceId}`
  if (!row) throw notFound('assignment of yours', assignmentId)
  return row
}

/**
 * Ends a CLAIMED assignment whose comparison is locked: a reopened one goes back to its ranking, any other gives its slot
 * back.
 */
export async function endClaim(tx: Database, assignment: LockedAssignment): Promise<void> {
  if (assignment.status !== 'CLAIMED') return
  await tx.assignment.update({
    where: { id: assignment.id },
    data: assignment.ranked ? { status: 'SUBMITTED' } : { status: 'RELEASED', finishedAt: new Date() },
  })
  if (!assignment.ranked) await giveSlotBack(tx, assignment.comparisonId)
}

export async function giveSlotBack(tx: Database, comparisonId: string): Promise<void> {
  await tx.comparison.update({ where: { id: comparisonId }, data: { taken: { decrement: 1 } } })
}

/**
 * Gives back the slots of leases that ran out; returns how many. Comparisons somebody is working on at this moment are
 * left for the next call.
 */
export async function freeExpired(tx: Database, workspaceId: string): Promise<number> {
  return tx.$executeRaw`
    with expired as (
      select id, "comparisonId" from "Assignment"
      where status = 'CLAIMED' and "leaseUntil" < ${utcNow} and "workspaceId" = ${workspaceId}
      order by "leaseUntil" limit 100
    ), locked as (
      select c.id from "Comparison" c
      where c.id in (select "comparisonId" from expired)
      order by c.id for update skip locked
    ), ended as (
      update "Assignment" a
      set status = (case when exists (select from "Ranking" r where r."assignmentId" = a.id)
          then 'SUBMITTED' else 'RELEASED' end)::"AssignmentStatus",
        "finishedAt" = coalesce(a."finishedAt", ${utcNow})
      from expired join locked on locked.id = expired."comparisonId"
      where a.id = expired.id and a.status = 'CLAIMED' and a."leaseUntil" < ${utcNow}
      returning a."comparisonId", a.status
    )
    update "Comparison" c set taken = c.taken - freed.slots
    from (select "comparisonId", count(*)::int as slots from ended where status = 'RELEASED' group by 1) freed
    where c.id = freed."comparisonId"`
}
