import type { Database } from '../db.ts'
import { env } from '../env.ts'
import { scheduleOf } from './schedule.ts'
import { heldBy, openTo, type Person, served } from './scope.ts'
import { chooseGold, chooseRepeat } from './standing.ts'
import { countTaken, takeChosen, takeComparison, takeRepeat } from './take.ts'

/**
 * Takes the annotator's next item where gold and repeated items are mixed in: what the schedule plans for the batch of the
 * first open comparison, or that comparison when there is nothing of the planned kind. Returns the assignment's id; null
 * when the annotator holds `hold` already or no comparison is open to them; 'busy' when others are taking all that are open at
 * this moment. One item a transaction.
 */
export async function takePlanned(
  tx: Database,
  actor: Person,
  batchId: string | null,
  hold: number,
): Promise<string | null> {
  const next = await lookAhead(tx, actor, batchId, hold)
  if (!next) return null
  return (await takeMixedIn(tx, actor, next)) ?? (await takeFirst(tx, actor, batchId)) ?? 'busy'
}

interface Next {
  batchId: string | null
  goldRate: number
  repeatRate: number
  /** The annotator's items in that batch so far. */
  n: number
}

async function lookAhead(
  tx: Database,
  actor: Person,
  batchId: string | null,
  hold: number,
): Promise<Next | undefined> {
  const [next] = await tx.$queryRaw<Next[]>`
    select first."batchId", coalesce(b."goldRate", 0) as "goldRate", coalesce(b."repeatRate", 0) as "repeatRate", (
      select count(*) from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
      where b."goldRate" + b."repeatRate" > 0
        and a."workspaceId" = ${actor.workspaceId} and a."annotatorId" = ${actor.userId}
        and a.status in ('CLAIMED', 'SUBMITTED', 'SKIPPED') and c."batchId" = b.id and c.kind <> 'ADJUDICATION'
    )::int as n
    from (select c."batchId" from "Comparison" c where ${openTo(actor, batchId)} order by ${served} limit 1) first
      left join "Batch" b on b.id = first."batchId"
    where (select count(*) ${heldBy(actor, batchId)}) < ${hold}`
  return next
}

async function takeMixedIn(tx: Database, actor: Person, next: Next): Promise<string | null> {
  const { batchId, n } = next
  if (batchId === null) return null
  const plan = scheduleOf(env().authSecret, actor.userId, batchId, next)(n)
  if (plan === 'gold') {
    const gold = await chooseGold(tx, actor, batchId)
    return gold && takeComparison(tx, actor, gold)
  }
  if (plan === 'repeat') {
    const repeat = await chooseRepeat(tx, actor, batchId)
    if (repeat === null) return null
    return 'left' in repeat ? takeComparison(tx, actor, repeat.left) : takeRepeat(tx, actor, repeat)
  }
  return null
}

/** The first open comparison that nobody is taking at this moment; null when there is none. */
async function takeFirst(tx: Database, actor: Person, batchId: string | null): Promise<string | null> {
  const [taken] = await tx.$queryRaw<{ id: string }[]>`
    with chosen as (
      select c.id from "Comparison" c where ${openTo(actor, batchId)} order by ${served} limit 1
      for update of c skip locked
    ), mine as (${takeChosen(actor)}), counted as (${countTaken})
    select id from mine`
  return taken?.id ?? null
}
