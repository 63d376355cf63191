import type { ComparisonKind } from '#prisma/client/enums.ts'
import { type Database, Prisma } from '../db.ts'
import { REPEAT_AFTER, type Standing } from './schedule.ts'
import { notHad, type Person } from './scope.ts'

/** The rows of "Assignment" a and "Comparison" c that an annotator was given in a batch and did not let go. */
function given(actor: Person, batchId: string): Prisma.Sql {
  return Prisma.sql`
    from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
    where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId}
      and a.status in ('CLAIMED', 'SUBMITTED', 'SKIPPED') and c."batchId" = ${batchId} and c.kind <> 'ADJUDICATION'`
}

/** The last items given, latest first: those too young to be repeated. */
function recent(actor: Person, batchId: string): Prisma.Sql {
  return Prisma.sql`
    select a.id, c.kind ${given(actor, batchId)} order by a."claimedAt" desc, a.id desc limit ${REPEAT_AFTER}`
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

/** How many items an annotator was given in a batch and did not let go. */
export interface Given {
  given: number
  labels: number
  repeats: number
}

/**
 * What was skipped counts as what was ranked, though it is never repeated: else the number of items to come would tell
 * originals from the rest.
 */
export async function standingOf(
  tx: Database,
  actor: Person,
  batchId: string,
  { given, labels, repeats }: Given,
): Promise<Standing> {
  const [row] = await tx.$queryRaw<[{ golds: number; kinds: ComparisonKind[] }]>`
    select (select count(*) ${freshGold(actor, batchId)})::int as golds,
      array(select kind::text from (${recent(actor, batchId)}) recent) as kinds`
  const young = row.kinds.flatMap((kind, later) => (kind === 'LABEL' ? [later] : []))
  return {
    n: given,
    golds: row.golds,
    repeatable: Math.max(0, labels - repeats - young.length),
    young,
  }
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
    select a."comparisonId", a."shownOrder" ${given(actor, batchId)}
      and c.kind = 'LABEL' and a.status = 'SUBMITTED' and a.id not in (select id from (${recent(actor, batchId)}) recent)
      and not exists (
        select from "Comparison" r
        where r."originalId" = c.id and r.kind = 'REPEAT' and r."assigneeIds" = array[${actor.userId}])
    order by random() limit 1`
  return original ?? null
}
