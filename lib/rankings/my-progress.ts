import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'

const RECENT = 20

export const myProgressInput = z.strictObject({
  batch: batchInput,
  /** The annotator's last midnight; UTC's when absent. */
  since: z.iso.datetime({ offset: true }).optional(),
})

export interface MyProgress extends Progress {
  /** Comparisons I ranked since `since`, in whatever batch. */
  today: number
  /** The median time of my last twenty, in seconds; null before the first. */
  medianSeconds: number | null
}

export async function myProgress(
  actor: Actor,
  { batch, since }: z.output<typeof myProgressInput>,
): Promise<MyProgress> {
  authorise(actor, 'queue.claim')
  const batchId = await batchIdOf(db, actor.workspaceId, batch)
  const midnight = since === undefined ? new Date(new Date().setUTCHours(0, 0, 0, 0)) : new Date(since)
  const [progress, [pace]] = await Promise.all([
    progressOf(actor, batchId),
    db.$queryRaw<[{ today: number; medianSeconds: number | null }]>`
      with mine as not materialized (
        select r."millisecondsSpent", r."createdAt", r."supersedesId" from "Ranking" r
        where r."workspaceId" = ${actor.workspaceId} and r."annotatorId" = ${actor.userId}
      )
      select
        (select count(*) from mine where "createdAt" >= ${midnight} and "supersedesId" is null)::int as today,
        (select percentile_cont(0.5) within group (order by "millisecondsSpent") / 1000
          from (select "millisecondsSpent" from mine order by "createdAt" desc limit ${RECENT}) recent) as "medianSeconds"`,
  ])
  return { ...progress, ...pace }
}
