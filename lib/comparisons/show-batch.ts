import { z } from 'zod'
import type { Actor, Role } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { notFound } from '../errors.ts'
import { type BatchItem, readBatches } from './list-batches.ts'

export const showBatchInput = z.strictObject({ id: z.string().min(1) })

export interface BatchAnnotator {
  /** The user's. */
  id: string
  name: string
  /** Null when they have left the workspace. */
  role: Role | null
  /** Comparisons in the batch are for them by name. */
  assigned: boolean
  /** Current rankings of people's own comparisons. */
  done: number
  /** Own comparisons they may still be given, or hold. */
  remaining: number
  /** Held at this moment. */
  held: number
  skipped: number
  goldAnswered: number
  repeatsAnswered: number
  medianSeconds: number | null
  lastAt: Date | null
}

export interface BatchDetails extends BatchItem {
  /** Whoever has done something in it or may be given something of it, the busiest first. */
  annotators: BatchAnnotator[]
}

/** A batch with the progress of each annotator. @throws WhetstoneError NOT_FOUND */
export async function showBatch(
  actor: Actor,
  { id }: z.output<typeof showBatchInput>,
): Promise<BatchDetails> {
  authorise(actor, 'comparison.list')
  const [batch] = await readBatches(db, actor.workspaceId, id)
  if (!batch) throw notFound('batch', id)
  return { ...batch, annotators: await annotatorsOf(db, actor.workspaceId, id) }
}

/** Counts what is open once, and takes from it what a person has had: people × comparisons is never formed. */
function annotatorsOf(tx: Database, workspaceId: string, batchId: string): Promise<BatchAnnotator[]> {
  return tx.$queryRaw<BatchAnnotator[]>`
    with own as (
      select c.id, c."assigneeIds", c.taken < c.overlap as open
      from "Comparison" c
      where c."batchId" = ${batchId} and c."workspaceId" = ${workspaceId} and c.kind in ('LABEL', 'EVALUATION')
    ), anyone as (
      select count(*) filter (where open)::int as open, count(*)::int as comparisons from own where "assigneeIds" = '{}'
    ), named as (
      select person as id, count(*) filter (where open)::int as open from own cross join unnest("assigneeIds") person group by 1
    ), had as (
      select a."annotatorId" as id,
        count(*) filter (where own.open and a.status <> 'RELEASED'
          and (own."assigneeIds" = '{}' or a."annotatorId" = any(own."assigneeIds")))::int as closed,
        count(*) filter (where a.status = 'CLAIMED')::int as held,
        count(*) filter (where a.status = 'CLAIMED'
          and not exists (select from "Ranking" r where r."assignmentId" = a.id))::int as "heldUnranked",
        count(*) filter (where a.status = 'SKIPPED')::int as skipped
      from "Assignment" a join own on own.id = a."comparisonId"
      group by 1
    ), ranked as (
      select r."annotatorId" as id,
        count(*) filter (where c.kind in ('LABEL', 'EVALUATION'))::int as done,
        count(*) filter (where c.kind = 'GOLD')::int as "goldAnswered",
        count(*) filter (where c.kind = 'REPEAT')::int as "repeatsAnswered",
        percentile_cont(0.5) within group (order by r."millisecondsSpent") / 1000 as "medianSeconds",
        max(r."createdAt") as "lastAt"
      from "Ranking" r join "Comparison" c on c.id = r."comparisonId"
      where c."batchId" = ${batchId} and r."workspaceId" = ${workspaceId} and c.kind <> 'ADJUDICATION'
        and not exists (select from "Ranking" later where later."supersedesId" = r.id)
      group by 1
    )
    select u.id, u.name, m.role::text as role, named.id is not null as assigned,
      coalesce(ranked.done, 0) as done, coalesce(ranked."goldAnswered", 0) as "goldAnswered",
      coalesce(ranked."repeatsAnswered", 0) as "repeatsAnswered", ranked."medianSeconds", ranked."lastAt",
      coalesce(had.held, 0) as held, coalesce(had.skipped, 0) as skipped,
      case when m.role is null then 0
        else greatest(0, anyone.open + coalesce(named.open, 0) - coalesce(had.closed, 0)) + coalesce(had."heldUnranked", 0)
      end as remaining
    from "user" u
    cross join anyone
    left join "Member" m on m."userId" = u.id and m."workspaceId" = ${workspaceId}
    left join named on named.id = u.id
    left join had on had.id = u.id
    left join ranked on ranked.id = u.id
    where named.id is not null or ranked.id is not null or had.held + had.skipped > 0
      or (m.role = 'ANNOTATOR' and anyone.comparisons > 0)
    order by done desc, remaining desc, u.name, u.id`
}
