import { type Database, Prisma } from '../db.ts'
import { inScope } from '../rankings/scope.ts'
import { placesIn } from '../ratings/answer-key.ts'

/** A current ranking, as far as the quality of the work is concerned. */
export interface Judgement {
  annotatorId: string
  comparisonId: string
  batchId: string | null
  /** Of the prompt. */
  tags: string[]
  /** Best first; ids of one group tie. What the annotator wrote by editing is not among them. */
  groups: string[][]
  /** The annotator improved one of the completions. */
  edited: boolean
  shownOrder: string[]
  /** The grade of a pair, 1 negligibly … 4 significantly better. */
  strength: number | null
  millisecondsSpent: number
  createdAt: Date
  /** Characters of each completion. */
  lengths: Record<string, number>
}

export interface QualityScope {
  /** Null for the whole workspace. */
  batchId: string | null
  /** Of the prompt. */
  tag?: string
}

/** Ordinary comparisons of a scope, named c, with their prompts p. Gold, repeated and adjudicating ones are no annotator's vote on their own. */
const ordinary = Prisma.sql`c.kind in ('LABEL', 'EVALUATION')`

/** The part of a WHERE that keeps to a scope, of a comparison c with its prompt p. */
export function inQualityScope(workspaceId: string, { batchId, tag }: QualityScope): Prisma.Sql {
  const scope = inScope(workspaceId, batchId)
  return tag === undefined ? scope : Prisma.sql`${scope} and ${tag} = any(p.tags)`
}

/** The groups of a ranking, without the completion that its annotator wrote. `name` is the ranking's in the query. */
export function memberGroups(name: 'r' | 'k'): Prisma.Sql {
  return name === 'r'
    ? Prisma.sql`case when r."editId" is null then r.groups else r.groups - 0 end`
    : Prisma.sql`case when k."editId" is null then k.groups else k.groups - 0 end`
}

/** The rankings r that none supersedes. */
export const current = Prisma.sql`not exists (select from "Ranking" later where later."supersedesId" = r.id)`

/** The current rankings of the ordinary comparisons of a scope, oldest first. */
export async function readJudgements(
  tx: Database,
  workspaceId: string,
  scope: QualityScope,
): Promise<Judgement[]> {
  return tx.$queryRaw<Judgement[]>`
    select r."annotatorId", r."comparisonId", c."batchId", p.tags, ${memberGroups('r')} as groups,
           r."editId" is not null as edited, a."shownOrder", r.strength, r."millisecondsSpent", r."createdAt",
           (select jsonb_object_agg(cc."completionId", length(x.text))
              from "ComparisonCompletion" cc join "Completion" x on x.id = cc."completionId"
             where cc."comparisonId" = c.id) as lengths
    from "Ranking" r
    join "Assignment" a on a.id = r."assignmentId"
    join "Comparison" c on c.id = r."comparisonId"
    join "Prompt" p on p.id = c."promptId"
    where ${inQualityScope(workspaceId, scope)} and ${ordinary} and ${current}
    order by r."createdAt", r.id`
}

/** What one annotator said of two completions: 0 the second is better, 1 neither, 2 the first is. */
export type Side = 0 | 1 | 2

export interface PairOpinions<J> {
  first: string
  second: string
  said: { judgement: J; side: Side }[]
}

/**
 * Every two completions that a ranking of the comparison orders or ties, by their ids, with what each ranking
 * says of them.
 */
export function pairOpinions<J extends { groups: string[][] }>(ranked: readonly J[]): PairOpinions<J>[] {
  const pairs = new Map<string, PairOpinions<J>>()
  for (const judgement of ranked) {
    const places = placesIn(judgement.groups)
    const ids = [...places.keys()].sort()
    ids.forEach((first, index) => {
      for (const second of ids.slice(index + 1)) {
        const key = `${first} ${second}`
        const pair = pairs.get(key) ?? { first, second, said: [] }
        pairs.set(key, pair)
        const difference = places.get(second)! - places.get(first)!
        pair.said.push({ judgement, side: (1 + Math.sign(difference)) as Side })
      }
    })
  }
  return [...pairs.values()]
}

/** The list under a key, empty at first. */
export function listOf<K, V>(lists: Map<K, V[]>, key: K): V[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
