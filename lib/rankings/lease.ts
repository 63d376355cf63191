import type { AssignmentStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, Prisma } from '../db.ts'
import { notFound } from '../errors.ts'

export const LEASE_MINUTES = 5

/** Prisma keeps times as UTC without a zone, so `now()` must be brought to UTC whatever the session's zone is. */
export const utcNow = Prisma.sql`(now() at time zone 'utc')`
/** The moment of the statement, not of the transaction, in whole milliseconds: never ahead of what comes after. */
export const clockNow = Prisma.sql`date_trunc('milliseconds', clock_timestamp() at time zone 'utc')`
export const newLease = Prisma.sql`(now() at time zone 'utc' + make_interval(mins => ${LEASE_MINUTES}))`

/**
 * Whether the annotator of "Assignment" a, who let its "Comparison" c go, may have it back: a slot is free, and they are still
 * among those it is for. Gold and repeated items always have slots, so each goes as a label in its place would: when so many
 * others as a label has slots were given, since it was let go, labels that come after the one before it.
 */
export const slotFree = Prisma.sql`(c.taken < c.overlap and (c."assigneeIds" = '{}' or a."annotatorId" = any(c."assigneeIds"))
  and (c.kind not in ('GOLD', 'REPEAT') or (
    select count(distinct oa."annotatorId")
    from "Comparison" o join "Assignment" oa on oa."comparisonId" = o.id
      left join (
        select l.priority, l."createdAt", l.id from "Assignment" la join "Comparison" l on l.id = la."comparisonId"
        where la."workspaceId" = a."workspaceId" and la."annotatorId" = a."annotatorId" and la."claimedAt" <= a."claimedAt"
          and l."batchId" = c."batchId" and l.kind in ('LABEL', 'EVALUATION')
        order by la."claimedAt" desc limit 1
      ) before on true
    where o."batchId" = c."batchId" and o.kind in ('LABEL', 'EVALUATION')
      and oa."annotatorId" <> a."annotatorId" and oa."claimedAt" > a."finishedAt"
      and (before.id is null or o.priority < before.priority
        or o.priority = before.priority and (o."createdAt", o.id) > (before."createdAt", before.id))
  ) < coalesce((c.gold ->> 'overlap')::int, (
    select original.overlap from "Comparison" original where original.id = c."originalId"), 1)))`

export interface LockedAssignment {
  id: string
  comparisonId: string
  status: AssignmentStatus
  /** The comparison's completions, as shown. */
  shownOrder: string[]
  /** A ranking of this assignment exists: it was reopened, or is submitted. */
  ranked: boolean
  /** It is or was skipped. */
  skipReason: string | null
  /** It was let go or skipped, and may be had back. */
  slotFree: boolean
  adjudication: boolean
}

/**
 * The actor's assignment with its comparison locked until the transaction ends. Everything that changes an assignment
 * locks the comparison first and in order of id, so that no two wait for each other. What it returns is as it is after
 * the wait, since all of it comes of the locked rows.
 */
export async function lockAssignment(
  tx: Database,
  actor: Actor,
  assignmentId: string,
): Promise<LockedAssignment> {
  const [row] = await tx.$queryRaw<LockedAssignment[]>`
    select a.id, a."comparisonId", a.status::text as status, a."shownOrder", a."skipReason",
      c.kind = 'ADJUDICATION' as adjudication,
      case when a.status in ('RELEASED', 'SKIPPED') then ${slotFree} else false end as "slotFree",
      a.status in ('CLAIMED', 'SUBMITTED') and a."finishedAt" is not null as ranked
    from "Comparison" c join "Assignment" a on a."comparisonId" = c.id
    where a.id = ${assignmentId} and a."annotatorId" = ${actor.userId} and a."workspaceId" = ${actor.workspaceId}
    for update of c, a`
  if (!row) throw notFound('assignment of yours', assignmentId)
  return row
}

/**
 * Decisions are for those who may adjudicate: somebody who no longer may neither makes nor changes one.
 * @throws WhetstoneError FORBIDDEN
 */
export function authoriseFor(actor: Actor, { adjudication }: LockedAssignment): void {
  if (adjudication) authorise(actor, 'adjudication.claim')
}

/**
 * Ends a CLAIMED assignment whose comparison is locked: a reopened one goes back to its ranking, any other gives its slot
 * back, and one that was skipped before is skipped again.
 */
export async function endClaim(tx: Database, assignment: LockedAssignment): Promise<void> {
  if (assignment.status !== 'CLAIMED') return
  const status = assignment.ranked ? 'SUBMITTED' : assignment.skipReason === null ? 'RELEASED' : 'SKIPPED'
  await tx.assignment.update({
    where: { id: assignment.id },
    data: { status, ...(!assignment.ranked && { finishedAt: new Date() }) },
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
      set status = (case when a."finishedAt" is not null then 'SUBMITTED'
          when a."skipReason" is not null then 'SKIPPED' else 'RELEASED' end)::"AssignmentStatus",
        "finishedAt" = coalesce(a."finishedAt", ${utcNow})
      from expired join locked on locked.id = expired."comparisonId"
      where a.id = expired.id and a.status = 'CLAIMED' and a."leaseUntil" < ${utcNow}
      returning a."comparisonId", a.status
    )
    update "Comparison" c set taken = c.taken - freed.slots
    from (select "comparisonId", count(*)::int as slots from ended where status <> 'SUBMITTED' group by 1) freed
    where c.id = freed."comparisonId"`
}
