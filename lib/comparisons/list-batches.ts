import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db, Prisma } from '../db.ts'

export const listBatchesInput = z.strictObject({})

/** The lowest and the highest value among the batch's own comparisons. */
export interface Range {
  low: number
  high: number
}

export interface BatchItem {
  id: string
  name: string
  createdAt: Date
  comparisons: number
  /** Rankings wanted and rankings there are, of people's own comparisons: gold, repeats and adjudications are not among them. */
  wanted: number
  done: number
  /** Gold items and the answers to them. */
  gold: number
  goldAnswered: number
  repeatsAnswered: number
  adjudicated: number
  requeued: number
  skipped: number
  /** 0 … 0.5. */
  goldRate: number
  repeatRate: number
  overlap: Range
  priority: Range
  /** Users who may be given its comparisons, by name; anyone when empty. */
  assignees: { id: string; name: string }[]
  /** Not all its comparisons have these assignees. */
  assigneesMixed: boolean
}

/** The batches with their progress, newest first. */
export async function listBatches(
  actor: Actor,
): Promise<{ items: BatchItem[]; nextCursor: null; total: number }> {
  authorise(actor, 'comparison.list')
  const items = await readBatches(db, actor.workspaceId)
  return { items, nextCursor: null, total: items.length }
}

interface Row extends Omit<BatchItem, 'overlap' | 'priority' | 'assignees' | 'assigneesMixed'> {
  overlapLow: number
  overlapHigh: number
  priorityLow: number
  priorityHigh: number
  assigneeIds: string[]
  forAnyone: number
  assignments: number
}

/** All batches of a workspace, or the one of this id. */
export async function readBatches(tx: Database, workspaceId: string, id?: string): Promise<BatchItem[]> {
  const scope = Prisma.sql`b."workspaceId" = ${workspaceId} ${id ? Prisma.sql`and b.id = ${id}` : Prisma.empty}`
  const rows = await tx.$queryRaw<Row[]>`
    with counted as (
      select c."batchId",
        count(*) filter (where own)::int as comparisons,
        coalesce(sum(c.overlap) filter (where own), 0)::int as wanted,
        coalesce(sum(c.submitted) filter (where own), 0)::int as done,
        count(*) filter (where c.kind = 'GOLD')::int as gold,
        coalesce(sum(c.submitted) filter (where c.kind = 'GOLD'), 0)::int as "goldAnswered",
        coalesce(sum(c.submitted) filter (where c.kind = 'REPEAT'), 0)::int as "repeatsAnswered",
        coalesce(sum(c.submitted) filter (where c.kind = 'ADJUDICATION'), 0)::int as adjudicated,
        count(c."requeuedAt") filter (where own)::int as requeued,
        min(c.overlap) filter (where own) as "overlapLow", max(c.overlap) filter (where own) as "overlapHigh",
        min(c.priority) filter (where own) as "priorityLow", max(c.priority) filter (where own) as "priorityHigh",
        count(distinct c."assigneeIds") filter (where own)::int as assignments,
        count(*) filter (where own and c."assigneeIds" = '{}')::int as "forAnyone"
      from "Batch" b
      join "Comparison" c on c."batchId" = b.id
      cross join lateral (select c.kind in ('LABEL', 'EVALUATION') as own) kinds
      where ${scope}
      group by 1
    ), assigned as (
      select c."batchId", array_agg(distinct person) as people
      from "Batch" b
      join "Comparison" c on c."batchId" = b.id and c.kind in ('LABEL', 'EVALUATION')
      cross join unnest(c."assigneeIds") person
      where ${scope}
      group by 1
    ), skips as (
      select c."batchId", count(*)::int as skipped
      from "Assignment" a
      join "Comparison" c on c.id = a."comparisonId"
      join "Batch" b on b.id = c."batchId"
      where a.status = 'SKIPPED' and a."workspaceId" = ${workspaceId} and ${scope}
      group by 1
    )
    select b.id, b.name, b."createdAt", b."goldRate", b."repeatRate",
      coalesce(comparisons, 0) as comparisons, coalesce(wanted, 0) as wanted, coalesce(done, 0) as done,
      coalesce(gold, 0) as gold, coalesce("goldAnswered", 0) as "goldAnswered",
      coalesce("repeatsAnswered", 0) as "repeatsAnswered", coalesce(adjudicated, 0) as adjudicated,
      coalesce(requeued, 0) as requeued, coalesce(skipped, 0) as skipped,
      coalesce("overlapLow", 1) as "overlapLow", coalesce("overlapHigh", 1) as "overlapHigh",
      coalesce("priorityLow", 0) as "priorityLow", coalesce("priorityHigh", 0) as "priorityHigh", coalesce(people, '{}') as "assigneeIds",
      coalesce(assignments, 0) as assignments, coalesce("forAnyone", 0) as "forAnyone"
    from "Batch" b
    left join counted on counted."batchId" = b.id
    left join assigned on assigned."batchId" = b.id
    left join skips on skips."batchId" = b.id
    where ${scope}
    order by b."createdAt" desc, b.id desc`
  const ids = [...new Set(rows.flatMap((row) => row.assigneeIds))]
  const people = await tx.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } })
  return rows.map(
    ({
      overlapLow,
      overlapHigh,
      priorityLow,
      priorityHigh,
      assigneeIds,
      assignments,
      forAnyone,
      ...row
    }) => ({
      ...row,
      overlap: { low: overlapLow, high: overlapHigh },
      priority: { low: priorityLow, high: priorityHigh },
      // Where some comparisons are for anyone, the batch is.
      assignees:
        forAnyone > 0
          ? []
          : people
              .filter((person) => assigneeIds.includes(person.id))
              .sort((a, b) => a.name.localeCompare(b.name)),
      assigneesMixed: assignments > 1,
    }),
  )
}
