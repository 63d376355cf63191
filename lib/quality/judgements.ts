import { type Database, Prisma } from '../db.ts'
import { inScope } from '../rankings/scope.ts'

/** A current ranking, as far as the quality of the work is concerned. */
export interface Judgement {
  annotatorId: string
  comparisonId: string
  batchId: string | null
  /** Of the prompt. */
  tags: string[]
  /** Best first; ids of one group tie. */
  groups: string[][]
  shownOrder: string[]
  /** The grade of a pair, 1 negligibly … 4 significantly better. */
  strength: number | null
  millisecondsSpent: number
  createdAt: Date
  /** Characters of each completion. */
  lengths: Record<string, number>
}

/** The rankings of a scope that none supersedes, oldest first. */
export async function readJudgements(
  tx: Database,
  workspaceId: string,
  { batchId, tag }: { batchId: string | null; tag?: string },
): Promise<Judgement[]> {
  return tx.$queryRaw<Judgement[]>`
    select r."annotatorId", r."comparisonId", c."batchId", p.tags, r.groups, a."shownOrder", r.strength,
           r."millisecondsSpent", r."createdAt",
           (select jsonb_object_agg(cc."completionId", length(x.text))
              from "ComparisonCompletion" cc join "Completion" x on x.id = cc."completionId"
             where cc."comparisonId" = c.id) as lengths
    from "Ranking" r
    join "Assignment" a on a.id = r."assignmentId"
    join "Comparison" c on c.id = r."comparisonId"
    join "Prompt" p on p.id = c."promptId"
    where ${inScope(workspaceId, batchId)}
      ${tag === undefined ? Prisma.empty : Prisma.sql`and ${tag} = any(p.tags)`}
      and not exists (select from "Ranking" later where later."supersedesId" = r.id)
    order by r."createdAt", r.id`
}

/** The place of each ranked completion, best 0; those of one group share it. */
export function placesOf(groups: string[][]): Map<string, number> {
  return new Map(groups.flatMap((group, place) => group.map((id) => [id, place] as const)))
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
    const places = placesOf(judgement.groups)
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
