import { type Database, Prisma } from '../db.ts'
import { type Groups, keyCredit, sameness } from '../ratings/answer-key.ts'
import {
  type ClusteredShare,
  clusteredShare,
  type ShareUnit,
  shareDifference,
} from '../ratings/clustered-share.ts'
import { bootstrapSums, type Estimate } from '../ratings/interval.ts'
import { current, inQualityScope, memberGroups, type QualityScope } from './judgements.ts'
import { type Share, shareOf } from './measures.ts'

/** A current ranking that can be held against something known, and how it did. */
export interface Check extends ShareUnit {
  /** Against a gold answer, the annotator's own earlier ranking, or an adjudicated answer. */
  against: 'gold' | 'own' | 'adjudicated'
  annotatorId: string
  batchId: string | null
  tags: string[]
  /** Of two rankings of one's own. */
  tau: number | null
  /** The gold answer says that all are bad; the annotator did. */
  keyAllBad: boolean
  allBad: boolean
}

export interface CheckFigures {
  /** Of the pairs that gold answers order, the share ordered alike, ties half. */
  gold: ClusteredShare | null
  /** Of the last 20 gold items of each annotator and of those before: see `goldTrend`. */
  goldTrend: GoldTrend | null
  /** Of the gold items whose responses are all bad, those of which the annotator said so. */
  allBadFound: Share | null
  /** Of the other gold items, those of which the annotator did not say it. */
  allBadSpared: Share | null
  /** Of the pairs ranked a second time by the same annotator, the share with the same verdict, a tie being one. */
  repeated: ClusteredShare | null
  /** Mean τ_b of two rankings of the same three completions or more by the same annotator. */
  repeatedTau: Estimate | null
  /** Of the pairs that adjudicated answers order, the share ordered alike, ties half. */
  adjudicated: ClusteredShare | null
}

export interface GoldTrend {
  recent: ClusteredShare
  before: ClusteredShare
  /** Of `recent` less `before`. */
  value: number
  low: number
  high: number
}

interface Row extends Omit<Check, keyof ShareUnit | 'tau'> {
  key: Groups
  said: Groups
}

/**
 * The rankings of a scope that gold answers, repetitions and adjudicated answers say something of, oldest first. A repetition is held against
 * the ranking of the original as it stood when the repetition was first answered; an adjudicator's own ranking is not held against
 * their answer.
 */
export async function readChecks(tx: Database, workspaceId: string, scope: QualityScope): Promise<Check[]> {
  const rows = await tx.$queryRaw<Row[]>`
    select found.* from (
      select 'gold' as against, r."annotatorId", c."batchId", p.tags, r."createdAt", r.id,
             coalesce(c.gold->'groups', '[]') as key, ${memberGroups('r')} as said,
             coalesce((c.gold->>'allBad')::boolean, false) as "keyAllBad", r."allBad"
      ${rankings(workspaceId, scope)} and c.kind = 'GOLD'
      union all
      select 'own', r."annotatorId", c."batchId", p.tags, r."createdAt", r.id, k.key, ${memberGroups('r')}, false, r."allBad"
      ${rankings(
        workspaceId,
        scope,
        Prisma.sql`cross join lateral (
          select ${memberGroups('k')} as key from "Ranking" k
          where k."comparisonId" = c."originalId" and k."annotatorId" = r."annotatorId"
            and k."createdAt" <= (select min(f."createdAt") from "Ranking" f where f."assignmentId" = r."assignmentId")
          order by k."createdAt" desc, k.id desc limit 1) k`,
      )} and c.kind = 'REPEAT'
      union all
      select 'adjudicated', r."annotatorId", c."batchId", p.tags, r."createdAt", r.id, ${memberGroups('k')}, ${memberGroups('r')}, false, r."allBad"
      ${rankings(
        workspaceId,
        scope,
        Prisma.sql`
          join "Comparison" decided on decided."originalId" = c.id and decided.kind = 'ADJUDICATION'
          join "Ranking" k on k."comparisonId" = decided.id and k."annotatorId" <> r."annotatorId"
            and not exists (select from "Ranking" later where later."supersedesId" = k.id)`,
      )} and c.kind in ('LABEL', 'EVALUATION')
    ) found
    order by found."createdAt", found.id`
  return rows.map(({ key, said, ...row }) => ({
    ...row,
    tau: null,
    ...(row.against === 'own' ? sameness(key, said) : keyCredit(key, said)),
  }))
}

/** From … where, of the current rankings r of a scope; `more` joins others to them. */
function rankings(workspaceId: string, scope: QualityScope, more = Prisma.empty): Prisma.Sql {
  return Prisma.sql`
    from "Ranking" r
    join "Comparison" c on c.id = r."comparisonId"
    join "Prompt" p on p.id = c."promptId"
    ${more}
    where ${inQualityScope(workspaceId, scope)} and ${current}`
}

/** What the checks say of all whose checks these are, oldest first. */
export function checkFigures(checks: readonly Check[]): CheckFigures {
  const gold = checks.filter(({ against }) => against === 'gold')
  const bad = gold.filter(({ keyAllBad }) => keyAllBad)
  const others = gold.filter(({ keyAllBad }) => !keyAllBad)
  const own = checks.filter(({ against }) => against === 'own')
  const said = (of: readonly Check[]) => of.filter(({ allBad }) => allBad).length
  return {
    gold: clusteredShare(gold),
    goldTrend: goldTrend(gold),
    allBadFound: shareOf(said(bad), bad.length),
    allBadSpared:
      bad.length === 0 && said(others) === 0 ? null : shareOf(others.length - said(others), others.length),
    repeated: clusteredShare(own),
    repeatedTau: bootstrapSums(
      own.flatMap(({ tau }) => (tau === null ? [] : Float64Array.of(1, tau))),
      { tau: (sums) => sums[1]! / sums[0]! },
      { seed: 1 },
    ).tau,
    adjudicated: clusteredShare(checks.filter(({ against }) => against === 'adjudicated')),
  }
}

/** The items that count as recent, and how many there must be before them. */
const recentItems = 20
const itemsBefore = 5

/**
 * Accuracy in each annotator's last 20 gold items against that in their earlier ones, of those with at least 5 earlier ones; null without
 * any. Oldest first.
 */
export function goldTrend(gold: readonly Check[]): GoldTrend | null {
  const [recent, before]: [Check[], Check[]] = [[], []]
  const graded = gold.filter(({ weight }) => weight > 0)
  for (const items of Map.groupBy(graded, ({ annotatorId }) => annotatorId).values()) {
    if (items.length < recentItems + itemsBefore) continue
    recent.push(...items.slice(-recentItems))
    before.push(...items.slice(0, -recentItems))
  }
  const [late, early] = [clusteredShare(recent), clusteredShare(before)]
  return late && early && { recent: late, before: early, ...shareDifference(late, early) }
}
