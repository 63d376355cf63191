import { z } from 'zod'
import { groupsSchema } from '../datasets/pairs.ts'
import { db, Prisma } from '../db.ts'
import { reportOf } from '../models/model-row.ts'
import { inScope } from '../rankings/scope.ts'
import { gainOf, type RewardVersion } from '../selection/reward-scores.ts'
import { type Doubt, strongestDoubt } from './doubt.ts'

export interface Suspect {
  comparisonId: string
  /** The greatest of its rankings. */
  confidence: number
  /** The most doubtful first. */
  rankings: { id: string; doubt: Doubt }[]
}

/** So many rankings are looked at closely: those whose order the mean score turns round by most. */
const mostRankings = 2000

const row = z.object({
  id: z.string(),
  comparisonId: z.string(),
  groups: groupsSchema,
  editId: z.string().nullable(),
  heads: z.record(z.string(), z.array(z.number())),
})

/**
 * The comparisons with a ranking that the reward model contradicts with `least` confidence or more, the most confident first: current
 * rankings of people's own comparisons that nobody adjudicated, that were not sent back to the queue since, and that no researcher kept.
 */
export async function findSuspects(
  workspaceId: string,
  { batchId, reward, least }: { batchId: string | null; reward: RewardVersion; least: number },
): Promise<Suspect[]> {
  const scale = (await gainOf(reward)) * temperatureOf(reward)
  const rows = z.array(row).parse(await contradicted(workspaceId, batchId, reward.id))
  const found = rows.flatMap(({ id, comparisonId, groups, editId, heads }) => {
    // What the annotator wrote is no member of the comparison.
    const members = groups.map((group) => group.filter((each) => each !== editId))
    const doubt = strongestDoubt(members, new Map(Object.entries(heads)), { scale, least })
    return doubt ? [{ id, comparisonId, doubt }] : []
  })
  return [...Map.groupBy(found, ({ comparisonId }) => comparisonId)]
    .map(([comparisonId, own]) => {
      const rankings = own
        .map(({ id, doubt }) => ({ id, doubt }))
        .sort((a, b) => b.doubt.confidence - a.doubt.confidence)
      return { comparisonId, confidence: rankings[0]!.doubt.confidence, rankings }
    })
    .sort((a, b) => b.confidence - a.confidence || (a.comparisonId < b.comparisonId ? -1 : 1))
}

/**
 * By which log-odds are divided to be as sure as held-out pairs allow (Guo et al. 2017); never below 1, so that a few held-out pairs that
 * all came out right do not make the model surer than it is.
 */
function temperatureOf({ card }: RewardVersion): number {
  const report = reportOf({ card: card as Prisma.JsonValue })
  return Math.max(1, report?.heldOut?.calibration.temperature ?? 1)
}

/** Rankings in which a completion stands below one of a lower mean score, with what each head gives their completions. */
function contradicted(workspaceId: string, batchId: string | null, rewardId: string): Promise<unknown[]> {
  return db.$queryRaw<unknown[]>`
    with current as materialized (
      select r.id, r."comparisonId", r.groups, r."editId"
      from "Ranking" r join "Comparison" c on c.id = r."comparisonId"
      where ${inScope(workspaceId, batchId)} and ${isOpenToDoubt}
        and not exists (
          select from "AuditEvent" e
          where e."workspaceId" = ${workspaceId} and e.action = 'suspect.keep' and e.subject = r.id)
    ), placed as materialized (
      select current.id, g.place, s.score
      from current
      cross join lateral jsonb_array_elements(current.groups) with ordinality g(members, place)
      cross join lateral jsonb_array_elements_text(g.members) x("completionId")
      join "CompletionScore" s on s."completionId" = x."completionId" and s."modelVersionId" = ${rewardId}
      where x."completionId" is distinct from current."editId"
    ), turned as (
      select higher.id, max(lower.score - higher.score) as most
      from placed higher join placed lower
        on lower.id = higher.id and lower.place > higher.place and lower.score > higher.score
      group by higher.id order by most desc, higher.id limit ${mostRankings}
    )
    select current.id, current."comparisonId", current.groups, current."editId",
      (select jsonb_object_agg(cc."completionId",
                case when cardinality(s.heads) > 0 then to_jsonb(s.heads) else jsonb_build_array(s.score) end)
         from "ComparisonCompletion" cc
         join "CompletionScore" s on s."completionId" = cc."completionId" and s."modelVersionId" = ${rewardId}
        where cc."comparisonId" = current."comparisonId") as heads
    from turned join current on current.id = turned.id`
}

/** The part of a WHERE for a Ranking named r of a Comparison named c that may be doubted. */
const isOpenToDoubt = Prisma.sql`c.kind = 'LABEL'
  and not exists (select from "Ranking" later where later."supersedesId" = r.id)
  and (c."requeuedAt" is null or c."requeuedAt" < r."createdAt")
  and not exists (
    select from "Comparison" a where a."originalId" = c.id and a.kind = 'ADJUDICATION' and a.submitted > 0)`

/** How many completions that people ranked have no score by this reward model, and so cannot raise a doubt. */
export async function countUnscored(
  workspaceId: string,
  batchId: string | null,
  rewardId: string,
): Promise<{ ranked: number; unscored: number }> {
  const [counts] = await db.$queryRaw<[{ ranked: number; unscored: number }]>`
    select count(*)::int as ranked, (count(*) filter (where s."completionId" is null))::int as unscored
    from (
      select distinct cc."completionId"
      from "Comparison" c join "ComparisonCompletion" cc on cc."comparisonId" = c.id
      where ${inScope(workspaceId, batchId)} and c.kind = 'LABEL' and c.submitted > 0) x
    left join "CompletionScore" s on s."completionId" = x."completionId" and s."modelVersionId" = ${rewardId}`
  return counts
}
