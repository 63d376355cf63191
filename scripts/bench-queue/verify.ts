import pg from 'pg'
import type { Witness } from './load.ts'

export interface Verdict {
  rankings: number
  /** Comparisons handed to more annotators than their overlap. */
  doubleAssignments: number
  /** Rankings that an annotator was told are stored, and are not. */
  lost: number
  /** Rankings beyond the first of one annotator on one comparison, or of one key. */
  duplicated: number
  /** Comparisons whose counters differ from their rows. */
  miscounted: number
}

/** Holds the database against what the annotators saw. */
export async function verify(databaseUrl: string, { handed, acknowledged }: Witness): Promise<Verdict> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: stored } = await client.query<{ id: string; key: string; assignment: string }>(
      'select id, "idempotencyKey" as key, "assignmentId" as assignment from "Ranking"',
    )
    const { rows: overlaps } = await client.query<{ id: string; overlap: number }>(
      'select id, overlap from "Comparison"',
    )
    const { rows: wrong } = await client.query(`
      select c.id from "Comparison" c left join "Assignment" a on a."comparisonId" = c.id
      group by c.id
      having c.taken <> count(a.id) filter (where a.status in ('CLAIMED', 'SUBMITTED'))
          or c.submitted <> count(a.id) filter (where a.status = 'SUBMITTED')
          or c.taken > c.overlap`)
    const overlapOf = new Map(overlaps.map(({ id, overlap }) => [id, overlap]))
    const ids = new Map(stored.map(({ key, id }) => [key, id]))
    return {
      rankings: stored.length,
      doubleAssignments: [...handed].filter(([id, people]) => people.size > overlapOf.get(id)!).length,
      lost: [...acknowledged].filter(([key, id]) => ids.get(key) !== id).length,
      duplicated: stored.length - new Set(stored.map(({ assignment }) => assignment)).size,
      miscounted: wrong.length,
    }
  } finally {
    await client.end()
  }
}
