import { type Database, Prisma } from '../db.ts'
import { REPEAT_AFTER, type Standing } from './schedule.ts'
import { notHad, type Person } from './scope.ts'

/**
 * The CTE `items` of an annotator's items in a batch: `later` is how many came after it, `original` whether it is one that
 * could be repeated now or later.
 */
function itemsOf(actor: Person, batchId: string): Prisma.Sql {
  return Prisma.sql`
    items as (
      select a."comparisonId", a."shownOrder", a.status,
        row_number() over (order by a."claimedAt" desc, a.id desc) - 1 as later,
        c.kind = 'LABEL' and a.status <> 'SKIPPED' and not exists (
          select from "Comparison" r
          where r."originalId" = c.id and r.kind = 'REPEAT' and r."assigneeIds" = array[${actor.userId}]) as original
      from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
      where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId}
        and a.status in ('CLAIMED', 'SUBMITTED', 'SKIPPED') and c."batchId" = ${batchId} and c.kind <> 'ADJUDICATION'
    )`
}

/** The part of a WHERE for gold items "Comparison" c of a batch with room for the annotator. */
function isGiveableGold(actor: Person, batchId: string): Prisma.Sql {
  return Prisma.sql`c."workspaceId" = ${actor.workspaceId} and c."batchId" = ${batchId} and c.kind = 'GOLD'
    and c.taken < c.overlap and (c."assigneeIds" = '{}' or ${actor.userId} = any(c."assigneeIds"))`
}

/** Gold items "Comparison" c of a batch that the annotator may still be given. */
function freshGold(actor: Person, batchId: string): Prisma.Sql {
  return Prisma.sql`from "Comparison" c where ${isGiveableGold(actor, batchId)} and ${notHad(actor)}`
}

/** The annotator's own repeats "Comparison" c in a batch that they let go without an answer. */
function leftRepeats(actor: Person, batchId: string): Prisma.Sql {
  return Prisma.sql`
    from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
    where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId} and a.status = 'RELEASED'
      and c."batchId" = ${batchId} and c.kind = 'REPEAT'`
}

export async function standingOf(tx: Database, actor: Person, batchId: string): Promise<Standing> {
  const [standing] = await tx.$queryRaw<[Standing]>`
    with ${itemsOf(actor, batchId)}
    select count(*)::int as n,
      (select count(*) ${freshGold(actor, batchId)})::int as golds,
      (select count(*) ${leftRepeats(actor, batchId)})::int
        + count(*) filter (where original and later >= ${REPEAT_AFTER} and status = 'SUBMITTED')::int as repeatable,
      coalesce(array_agg(later::int) filter (where original and later < ${REPEAT_AFTER}), '{}') as young
    from items`
  return standing
}

/**
 * A gold item that the annotator has not had, null when there is none: the one they let go, since originals and repeats come
 * back too, or else one that nobody is taking at this moment, locked.
 */
export async function chooseGold(tx: Database, actor: Person, batchId: string): Promise<string | null> {
  const [left] = await tx.$queryRaw<{ id: string }[]>`
    select c.id from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
    where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId} and a.status = 'RELEASED'
      and ${isGiveableGold(actor, batchId)}
    order by a."claimedAt" limit 1`
  if (left) return left.id
  const [gold] = await tx.$queryRaw<{ id: string }[]>`
    select c.id ${freshGold(actor, batchId)} order by random() limit 1 for update of c skip locked`
  return gold?.id ?? null
}

/** A repeat the annotator let go, or else an original that has none and is old enough; null when there is neither. */
export async function chooseRepeat(
  tx: Database,
  actor: Person,
  batchId: string,
): Promise<{ left: string } | { comparisonId: string; shownOrder: string[] } | null> {
  const [left] = await tx.$queryRaw<{ id: string }[]>`
    select c.id ${leftRepeats(actor, batchId)} order by a."claimedAt" limit 1`
  if (left) return { left: left.id }
  const [original] = await tx.$queryRaw<{ comparisonId: string; shownOrder: string[] }[]>`
    with ${itemsOf(actor, batchId)}
    select "comparisonId", "shownOrder" from items
    where original and later >= ${REPEAT_AFTER} and status = 'SUBMITTED'
    order by random() limit 1`
  return original ?? null
}
