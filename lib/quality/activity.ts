import type { Database } from '../db.ts'
import { activeTimes } from '../ratings/active-time.ts'
import { current, inQualityScope, type QualityScope } from './judgements.ts'

/** An answer or a skip of an annotator, with the time worked for it. */
export interface Act {
  annotatorId: string
  batchId: string | null
  /** Of the prompt. */
  tags: string[]
  at: Date
  /** A comparison ranked for the first time; not so a changed answer or a skip, which take time too. */
  ranked: boolean
  /** In ms: see `activeTimes`. */
  active: number
}

export interface Pace {
  /** Comparisons answered, gold and repeated ones among them; a changed answer does not count again. */
  answered: number
  activeHours: number
  /** Per hour of active time; null without any. */
  perHour: number | null
  /** Answered since midnight, and since Monday (UTC). */
  today: number
  thisWeek: number
}

/**
 * Everything annotators did in a scope, oldest first of each. The time of an act is that since the annotator's act before, be it in another
 * batch or not. Adjudications are not annotators' acts.
 */
export async function readActs(tx: Database, workspaceId: string, scope: QualityScope): Promise<Act[]> {
  const rows = await tx.$queryRaw<(Omit<Act, 'active'> & { spent: number; inScope: boolean })[]>`
    with acts as (
      select r."annotatorId", r."comparisonId", r."createdAt" as at, r."millisecondsSpent" as spent,
             r."supersedesId" is null as ranked
      from "Ranking" r where r."workspaceId" = ${workspaceId}
      union all
      select a."annotatorId", a."comparisonId", a."finishedAt", 0, false
      from "Assignment" a
      where a."workspaceId" = ${workspaceId} and a.status = 'SKIPPED' and a."finishedAt" is not null)
    select acts."annotatorId", acts.at, acts.spent, acts.ranked, c."batchId", p.tags,
           ${inQualityScope(workspaceId, scope)} as "inScope"
    from acts
    join "Comparison" c on c.id = acts."comparisonId"
    join "Prompt" p on p.id = c."promptId"
    where c.kind <> 'ADJUDICATION'
    order by acts."annotatorId", acts.at`
  return [...Map.groupBy(rows, ({ annotatorId }) => annotatorId).values()].flatMap((own) => {
    const times = activeTimes(own.map(({ at, spent }) => ({ at: at.getTime(), spent })))
    return own.flatMap(({ spent, inScope, ...act }, index) =>
      inScope ? { ...act, active: times[index]! } : [],
    )
  })
}

const hour = 3_600_000
const day = 24 * hour

/** How much was done, and how fast. */
export function paceOf(acts: readonly Act[], now: Date): Pace {
  const midnight = Math.floor(now.getTime() / day) * day
  // The first day of Unix time was a Thursday.
  const monday = midnight - ((midnight / day + 3) % 7) * day
  const ranked = acts.filter((act) => act.ranked)
  const since = (time: number) => ranked.filter(({ at }) => at.getTime() >= time).length
  const activeHours = acts.reduce((sum, { active }) => sum + active, 0) / hour
  return {
    answered: ranked.length,
    activeHours,
    perHour: activeHours > 0 ? ranked.length / activeHours : null,
    today: since(midnight),
    thisWeek: since(monday),
  }
}

export interface SkipReason {
  reason: string
  count: number
}

/** How often each annotator skipped for each reason, the most frequent first. */
export async function readSkips(tx: Database, workspaceId: string, scope: QualityScope) {
  return tx.$queryRaw<(SkipReason & { annotatorId: string })[]>`
    select a."annotatorId", coalesce(a."skipReason", '') as reason, count(*)::int as count
    from "Assignment" a
    join "Comparison" c on c.id = a."comparisonId"
    join "Prompt" p on p.id = c."promptId"
    where ${inQualityScope(workspaceId, scope)} and a.status = 'SKIPPED' and c.kind <> 'ADJUDICATION'
    group by 1, 2 order by count desc, reason`
}

/** The same of all annotators together. */
export function skipReasons(skips: readonly SkipReason[]): SkipReason[] {
  return [...Map.groupBy(skips, ({ reason }) => reason)]
    .map(([reason, each]) => ({ reason, count: each.reduce((sum, { count }) => sum + count, 0) }))
    .sort((a, b) => b.count - a.count || a.reason.localeCompare(b.reason))
}

export interface FlagCount {
  flag: string
  /** How often it was set on a prompt, and on a response. */
  prompts: number
  responses: number
  /** All comparisons with it, the last flagged first; the prompt's beginning as their text. */
  comparisons: { id: string; text: string }[]
}

/** The flags of current rankings of a scope, the most frequent first. Repeated items are left out: they would count twice. */
export async function readFlags(
  tx: Database,
  workspaceId: string,
  scope: QualityScope,
): Promise<FlagCount[]> {
  const rows = await tx.$queryRaw<{ flag: string; onPrompt: boolean; id: string; text: string }[]>`
    select f.flag, f.target = 'prompt' as "onPrompt", c.id, left(p.text, 120) as text
    from "Ranking" r
    join "Comparison" c on c.id = r."comparisonId"
    join "Prompt" p on p.id = c."promptId"
    cross join lateral jsonb_to_recordset(r.flags) as f(target text, flag text)
    where ${inQualityScope(workspaceId, scope)} and c.kind not in ('REPEAT', 'ADJUDICATION') and ${current}
    order by r."createdAt" desc, r.id`
  return [...Map.groupBy(rows, ({ flag }) => flag)]
    .map(([flag, set]) => ({
      flag,
      prompts: set.filter(({ onPrompt }) => onPrompt).length,
      responses: set.filter(({ onPrompt }) => !onPrompt).length,
      comparisons: [...new Map(set.map(({ id, text }) => [id, { id, text }])).values()],
    }))
    .sort((a, b) => b.prompts + b.responses - (a.prompts + a.responses) || a.flag.localeCompare(b.flag))
}
