import { db } from '../db.ts'
import { env } from '../env.ts'
import { type BatchCounts, countsOf } from './counts.ts'
import { mixedIn, scheduleOf } from './schedule.ts'
import { inScope, isLabel, type Person } from './scope.ts'
import { type Given, standingOf } from './standing.ts'

/**
 * As an annotator sees it. Gold and repeated items count for the annotator who gets them as any other does: whatever they
 * answer, each number moves in the same way.
 */
export interface Progress {
  /** Comparisons this annotator has ranked. */
  mine: number
  /** Rankings there are, of everybody. */
  done: number
  /** Rankings wanted. */
  total: number
  /** Comparisons this annotator could still be given, those they hold included. */
  remainingForMe: number
}

export interface BatchProgress extends Progress {
  batchId: string | null
  name: string | null
}

/**
 * The progress of a batch, or of the whole workspace when `batchId` is null. `exact` counts anew also where there is much to
 * count and what others do may otherwise show a second late.
 */
export async function progressOf(
  actor: Person,
  batchId: string | null,
  options: { exact?: boolean } = {},
): Promise<Progress> {
  const sum: Progress = { mine: 0, done: 0, total: 0, remainingForMe: 0 }
  for (const each of await progressByBatch(actor, batchId, options)) {
    sum.mine += each.mine
    sum.done += each.done
    sum.total += each.total
    sum.remainingForMe += each.remainingForMe
  }
  return sum
}

/** The progress of every batch in the scope that has comparisons, oldest batch first; batchId null for those of no batch. */
export async function progressByBatch(
  actor: Person,
  batchId: string | null,
  { exact = false }: { exact?: boolean } = {},
): Promise<BatchProgress[]> {
  const counts = await countsOf(actor.workspaceId, batchId, exact)
  const own = new Map((await ownCounts(actor, batchId, counts.at)).map((row) => [row.batchId, row] as const))
  return Promise.all(
    counts.batches.map((batch) => progressIn(actor, batch, own.get(batch.batchId) ?? nothing)),
  )
}

interface OwnCounts extends Given {
  submitted: number
  held: number
  /** Rankings of mine in force, and how many of them are in the counts of all. */
  ranked: number
  counted: number
  /** Gold and repeated items I have had. */
  mixedIn: number
  /** Comparisons that were open when all were counted and that I have had. */
  had: number
}

const nothing: OwnCounts = {
  submitted: 0,
  held: 0,
  ranked: 0,
  counted: 0,
  mixedIn: 0,
  had: 0,
  given: 0,
  labels: 0,
  repeats: 0,
}

function ownCounts(
  actor: Person,
  batchId: string | null,
  at: Date,
): Promise<({ batchId: string | null } & OwnCounts)[]> {
  return db.$queryRaw`
    select "batchId",
      count(*) filter (where status = 'SUBMITTED')::int as submitted,
      count(*) filter (where status = 'CLAIMED')::int as held,
      count(*) filter (where ranked)::int as ranked,
      count(*) filter (where ranked and label and "finishedAt" <= ${at})::int as counted,
      count(*) filter (where not label)::int as "mixedIn",
      count(*)::int as given,
      count(*) filter (where kind = 'LABEL')::int as labels,
      count(*) filter (where kind = 'REPEAT')::int as repeats,
      count(*) filter (where label and "mayHave" and (open or "claimedAt" > ${at}))::int as had
    from (
      select c."batchId", c.kind, a.status, a."finishedAt", a."claimedAt", ${isLabel} as label, c.taken < c.overlap as open,
        c."assigneeIds" = '{}' or ${actor.userId} = any(c."assigneeIds") as "mayHave",
        a.status <> 'SKIPPED' and a."finishedAt" is not null as ranked
      from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
      where a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId}
        and a.status in ('CLAIMED', 'SUBMITTED', 'SKIPPED') and ${inScope(actor.workspaceId, batchId)}
        and c.kind <> 'ADJUDICATION'
    ) own
    group by "batchId"`
}

async function progressIn(actor: Person, batch: BatchCounts, own: OwnCounts): Promise<BatchProgress> {
  const { batchId, name } = batch
  const open = Math.max(0, batch.openToAll + (batch.openTo[actor.userId] ?? 0) - own.had)
  let toCome = 0
  if (batchId !== null && open > 0 && batch.goldRate + batch.repeatRate > 0) {
    const planned = scheduleOf(env().authSecret, actor.userId, batchId, batch)
    toCome = mixedIn(planned, await standingOf(db, actor, batchId, own), open)
  }
  return {
    batchId,
    name,
    mine: own.submitted,
    done: batch.done - own.counted + own.ranked,
    total: batch.total + own.mixedIn + toCome,
    remainingForMe: own.held + open + toCome,
  }
}
