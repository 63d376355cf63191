import { setImmediate as rest } from 'node:timers/promises'
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

interface Known extends Disagreement {
  /** Of the ids of the rankings that it follows from. */
  key: string
}

const kept = globalThis as { whetstoneDisagreements?: Map<string, Known> }
/** By comparison; rankings never change, so what follows from the same ones stays. */
const known = kept.whetstoneDisagreements ?? new Map<string, Known>()
kept.whetstoneDisagreements = known
const MOST_KNOWN = 100_000
const CHUNK = 200

const keyOf = Prisma.sql`md5(string_agg(r.id, ' ' order by r.id))`
const isCurrent = Prisma.sql`not exists (select from "Ranking" later where later."supersedesId" = r.id)`

/**
 * Of the comparisons c in scope that people ranked as their own; edits stand outside and do not count. Rankings are read once, some at a
 * time with a rest between, so that whoever ranks meanwhile does not wait. Computed here: Postgres takes a hundred times as long to
 * unfold the JSON.
 */
export async function disagreements(tx: Database, scope: Prisma.Sql): Promise<Disagreement[]> {
  const rows = await tx.$queryRaw<{ id: string; key: string }[]>`
    select c.id, ${keyOf} as key
    from "Comparison" c join "Ranking" r on r."comparisonId" = c.id
    where ${scope} and c.kind = 'LABEL' and ${isCurrent}
    group by c.id`
  const found: Disagreement[] = []
  const unknown: string[] = []
  for (const { id, key } of rows) {
    const before = known.get(id)
    if (before?.key === key) found.push(before)
    else unknown.push(id)
  }
  for (let from = 0; from < unknown.length; from += CHUNK) {
    const read = await readDisagreements(tx, unknown.slice(from, from + CHUNK))
    for (const one of read) remember(one)
    found.push(...read)
    await rest()
  }
  return found
}

async function readDisagreements(tx: Database, ids: string[]): Promise<Known[]> {
  const rows = await tx.$queryRaw<
    { id: string; key: string; said: { groups: string[][]; editId: string | null }[] }[]
  >`
    select r."comparisonId" as id, ${keyOf} as key,
      json_agg(json_build_object('groups', r.groups, 'editId', r."editId")) as said
    from "Ranking" r where r."comparisonId" = any(${ids}) and ${isCurrent}
    group by r."comparisonId"`
  return rows.map(({ id, key, said }) => ({
    id,
    key,
    rankings: said.length,
    disagreement: disagreement(said.map(withoutEdit)),
  }))
}

function remember(one: Known): void {
  known.delete(one.id)
  known.set(one.id, one)
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!)
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
