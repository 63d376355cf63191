import { type Database, Prisma } from '../db.ts'
import { inScope } from '../rankings/scope.ts'

/**
 * SQL for rows (id, rankings, disagreement) of the LABEL comparisons that at least two annotators ranked. Disagreement is 0 … 1: over
 * all pairs of completions and all pairs of annotators with a verdict on them, the share that name opposite winners; a tie
 * against a winner counts half. Null where no pair has two verdicts. Edits stand outside the comparison and do not count.
 */
export function disagreementRows(scope: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    with said as (
      select r.id, r."comparisonId", r.groups, r."editId"
      from "Comparison" c join "Ranking" r on r."comparisonId" = c.id
      where ${scope} and c.kind = 'LABEL' and c.submitted > 1
        and not exists (select from "Ranking" later where later."supersedesId" = r.id)
    ), verdict as (
      select said."comparisonId", pair.first, pair.second,
        count(*) filter (where pair.side < 0) as first_wins,
        count(*) filter (where pair.side = 0) as ties,
        count(*) filter (where pair.side > 0) as second_wins
      from said cross join lateral (
        with place as materialized (
          select member.id, ranked.place
          from jsonb_array_elements(said.groups) with ordinality ranked(ids, place),
            jsonb_array_elements_text(ranked.ids) member(id)
          where member.id is distinct from said."editId"
        )
        select a.id as first, b.id as second, a.place - b.place as side
        from place a join place b on a.id < b.id
      ) pair
      group by 1, 2, 3
    ), conflict as (
      select "comparisonId",
        sum(first_wins * second_wins + 0.5 * ties * (first_wins + second_wins)) as conflicts,
        sum((first_wins + ties + second_wins) * (first_wins + ties + second_wins - 1) / 2.0) as chances
      from verdict group by 1
    )
    select said."comparisonId" as id, count(*)::int as rankings,
      (select (conflicts / nullif(chances, 0))::float8 from conflict where conflict."comparisonId" = said."comparisonId")
        as disagreement
    from said group by 1`
}

/** Of one comparison; null when no two rankings of it share a pair. */
export async function disagreementOf(
  tx: Database,
  workspaceId: string,
  comparisonId: string,
): Promise<number | null> {
  const scope = Prisma.sql`${inScope(workspaceId, null)} and c.id = ${comparisonId}`
  const [row] = await tx.$queryRaw<{ disagreement: number | null }[]>(disagreementRows(scope))
  return row?.disagreement ?? null
}
