import { type Database, Prisma } from '../db.ts'
import { withoutEdit } from '../rankings/assignment-view.ts'
import { inScope } from '../rankings/scope.ts'

/**
 * How much rankings of the same completions (groups of ids, best first) differ, 0 … 1: over all pairs of completions and all pairs of
 * rankings with a verdict on them, the share that name opposite winners; a tie against a winner counts half. Null where no
 * pair has two verdicts.
 */
export function disagreement(rankings: readonly string[][][]): number | null {
  const verdicts = new Map<string, [firstWins: number, ties: number, secondWins: number]>()
  for (const groups of rankings) {
    const places = groups.flatMap((group, place) => group.map((id) => ({ id, place })))
    places.sort((a, b) => (a.id < b.id ? -1 : 1))
    places.forEach((first, index) => {
      for (const second of places.slice(index + 1)) {
        const key = `${first.id} ${second.id}`
        const counts = verdicts.get(key) ?? [0, 0, 0]
        verdicts.set(key, counts)
        counts[(1 + Math.sign(first.place - second.place)) as 0 | 1 | 2] += 1
      }
    })
  }
  let conflicts = 0
  let chances = 0
  for (const [first, ties, second] of verdicts.values()) {
    const all = first + ties + second
    conflicts += first * second + 0.5 * ties * (first + second)
    chances += (all * (all - 1)) / 2
  }
  return chances === 0 ? null : conflicts / chances
}

export interface Disagreement {
  /** Of the comparison. */
  id: string
  rankings: number
  disagreement: number | null
}

/**
 * Of the comparisons c in scope that people ranked as their own; edits stand outside and do not count. Computed here: of 20 000
 * rankings of four completions in a quarter of a second, where Postgres unfolded the JSON for half a minute.
 */
export async function disagreements(tx: Database, scope: Prisma.Sql): Promise<Disagreement[]> {
  const rows = await tx.$queryRaw<{ id: string; said: { groups: string[][]; editId: string | null }[] }[]>`
    select c.id, json_agg(json_build_object('groups', r.groups, 'editId', r."editId")) as said
    from "Comparison" c join "Ranking" r on r."comparisonId" = c.id
    where ${scope} and c.kind = 'LABEL'
      and not exists (select from "Ranking" later where later."supersedesId" = r.id)
    group by c.id`
  return rows.map(({ id, said }) => ({
    id,
    rankings: said.length,
    disagreement: disagreement(said.map(withoutEdit)),
  }))
}

/** Of one comparison; null when no two rankings of it share a pair. */
export async function disagreementOf(
  tx: Database,
  workspaceId: string,
  comparisonId: string,
): Promise<number | null> {
  const scope = Prisma.sql`${inScope(workspaceId, null)} and c.id = ${comparisonId}`
  return (await disagreements(tx, scope))[0]?.disagreement ?? null
}

/** Comparisons of the scope that annotators disagree on and nobody has decided, worst first. */
export async function undecided(
  tx: Database,
  scope: Prisma.Sql,
): Promise<(Disagreement & { disagreement: number })[]> {
  const found = await disagreements(
    tx,
    Prisma.sql`${scope} and c.submitted > 1 and not exists (
      select from "Comparison" copy
      where copy."originalId" = c.id and copy.kind = 'ADJUDICATION' and copy.submitted > 0)`,
  )
  return found
    .filter((one): one is Disagreement & { disagreement: number } => (one.disagreement ?? 0) > 0)
    .sort(worstFirst)
}

/** Null last; ids decide between equals. */
export function worstFirst(a: Disagreement, b: Disagreement): number {
  return (b.disagreement ?? -1) - (a.disagreement ?? -1) || (a.id < b.id ? -1 : 1)
}
