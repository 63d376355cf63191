import type { Actor } from '../auth/actor.ts'
import { type Database, Prisma } from '../db.ts'
import { utcNow } from '../rankings/lease.ts'
import { inScope } from '../rankings/scope.ts'
import { undecided } from './disagreement.ts'

export interface Waiting {
  /** Of the comparison to be decided. */
  id: string
  /** Mine: the actor holds it. Theirs: somebody else does. Skipped: the actor passed it on. */
  holder: 'nobody' | 'mine' | 'theirs' | 'skipped'
}

/** The fully ranked comparisons that annotators disagree on and nobody has decided, worst first. */
export async function waitingFor(tx: Database, actor: Actor, batchId: string | null): Promise<Waiting[]> {
  const scope = inScope(actor.workspaceId, batchId)
  const found = await undecided(tx, Prisma.sql`${scope} and c.submitted >= c.overlap`)
  const held = await tx.$queryRaw<Waiting[]>`
    select c."originalId" as id,
      case when mine.status = 'SKIPPED' then 'skipped' when mine.status = 'CLAIMED' then 'mine' else 'theirs' end as holder
    from "Comparison" c
    left join "Assignment" mine on mine."comparisonId" = c.id and mine."annotatorId" = ${actor.userId}
    where ${scope} and c.kind = 'ADJUDICATION' and c.submitted = 0 and (mine.status in ('SKIPPED', 'CLAIMED') or exists (
      select from "Assignment" a
      where a."comparisonId" = c.id and a.status = 'CLAIMED' and a."leaseUntil" > ${utcNow}))`
  const holderOf = new Map(held.map(({ id, holder }) => [id, holder]))
  return found.map(({ id }) => ({ id, holder: holderOf.get(id) ?? 'nobody' }))
}

export interface AdjudicationProgress {
  /** Decisions of the actor. */
  mine: number
  /** Decisions of everybody. */
  done: number
  /** Decisions there are and decisions wanted. */
  total: number
  remainingForMe: number
}

export async function adjudicationProgress(
  tx: Database,
  actor: Actor,
  batchId: string | null,
  waiting: Waiting[],
): Promise<AdjudicationProgress> {
  const [counts] = await tx.$queryRaw<{ mine: number; done: number }[]>`
    select count(*)::int as done,
      (count(*) filter (where exists (
        select from "Ranking" r where r."comparisonId" = c.id and r."annotatorId" = ${actor.userId})))::int as mine
    from "Comparison" c
    where ${inScope(actor.workspaceId, batchId)} and c.kind = 'ADJUDICATION' and c.submitted > 0`
  const { mine, done } = counts!
  const remainingForMe = waiting.filter(({ holder }) => holder === 'nobody' || holder === 'mine').length
  return { mine, done, total: done + waiting.length, remainingForMe }
}
