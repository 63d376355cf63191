import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, Prisma } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { type Page, pageInput } from '../pagination.ts'
import { utcNow } from '../rankings/lease.ts'
import { batchIdOf, batchInput, inScope } from '../rankings/scope.ts'
import { disagreementRows } from './disagreement.ts'

export const listAdjudicationsInput = z.strictObject({
  ...pageInput,
  batch: batchInput,
  /** Open: annotators disagree and nobody has decided. Done: somebody has, however much they disagreed. */
  state: z.enum(['open', 'done']).default('open'),
  /** Also comparisons that still wait for annotators. */
  all: z.stringbool().default(false),
})

export interface AdjudicationItem {
  /** Of the comparison that the annotators ranked. */
  id: string
  prompt: { id: string; text: string }
  batch: { id: string; name: string } | null
  size: number
  overlap: number
  rankings: number
  /** 0 … 1, see disagreement.ts; null when no two rankings share a pair. */
  disagreement: number | null
  /** Held: a researcher is deciding at this moment. */
  state: 'open' | 'held' | 'done'
  /** Who holds it or decided. */
  by: { id: string; name: string } | null
  decidedAt: Date | null
}

interface Row extends Omit<AdjudicationItem, 'by' | 'prompt' | 'batch'> {
  promptId: string
  text: string
  batchId: string | null
  batch: string | null
  byId: string | null
  by: string | null
  /** Null disagreement comes last. */
  rank: number
  total: number
}

/** Comparisons that annotators disagree on, worst first. @throws WhetstoneError INVALID_INPUT for a cursor of no list. */
export async function listAdjudications(
  actor: Actor,
  input: z.output<typeof listAdjudicationsInput>,
): Promise<Page<AdjudicationItem>> {
  authorise(actor, 'adjudication.list')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const after = input.cursor === undefined ? null : readCursor(input.cursor)
  const scope = inScope(actor.workspaceId, batchId)
  const rows = await db.$queryRaw<Row[]>`
    with found as (
      select c.id, c."promptId", p.text, c."batchId", b.name as batch, c.overlap,
        (select count(*)::int from "ComparisonCompletion" cc where cc."comparisonId" = c.id) as size,
        coalesce(d.rankings, c.submitted) as rankings, d.disagreement, coalesce(d.disagreement, -1) as rank,
        case when decided."createdAt" is not null then 'done' when holder.id is not null then 'held'
          else 'open' end as state,
        coalesce(decided."annotatorId", holder."annotatorId") as "byId", decided."createdAt" as "decidedAt"
      from "Comparison" c
      join "Prompt" p on p.id = c."promptId"
      left join "Batch" b on b.id = c."batchId"
      left join (${disagreementRows(scope)}) d on d.id = c.id
      left join "Comparison" copy on copy."originalId" = c.id and copy.kind = 'ADJUDICATION'
      left join lateral (
        select r."annotatorId", r."createdAt" from "Ranking" r
        where r."comparisonId" = copy.id order by r."createdAt" desc limit 1) decided on true
      left join lateral (
        select a.id, a."annotatorId" from "Assignment" a
        where a."comparisonId" = copy.id and a.status = 'CLAIMED' and a."leaseUntil" > ${utcNow} limit 1) holder on true
      where ${scope} and c.kind = 'LABEL' and ${
        input.state === 'done'
          ? Prisma.sql`decided."createdAt" is not null`
          : Prisma.sql`decided."createdAt" is null and d.disagreement > 0
              ${input.all ? Prisma.empty : Prisma.sql`and c.submitted >= c.overlap`}`
      } ${input.q ? Prisma.sql`and p.text ilike ${`%${input.q.replaceAll(/[\\%_]/g, '\\$&')}%`}` : Prisma.empty}
    ), counted as (select *, count(*) over ()::int as total from found)
    select counted.*, u.name as by from counted left join "user" u on u.id = counted."byId"
    where ${after ? Prisma.sql`(-counted.rank, counted.id) > (${-after.rank}::float8, ${after.id})` : Prisma.sql`true`}
    order by counted.rank desc, counted.id
    limit ${input.limit + 1}`
  const shown = rows.slice(0, input.limit)
  const last = rows.length > input.limit ? shown.at(-1) : undefined
  return {
    items: shown.map((row) => ({
      id: row.id,
      prompt: { id: row.promptId, text: row.text },
      batch: row.batchId && row.batch ? { id: row.batchId, name: row.batch } : null,
      size: row.size,
      overlap: row.overlap,
      rankings: row.rankings,
      disagreement: row.disagreement,
      state: row.state,
      by: row.byId && row.by ? { id: row.byId, name: row.by } : null,
      decidedAt: row.decidedAt,
    })),
    nextCursor: last ? Buffer.from(`${last.rank} ${last.id}`).toString('base64url') : null,
    total: rows[0]?.total ?? 0,
  }
}

function readCursor(cursor: string): { rank: number; id: string } {
  const [rank, id] = Buffer.from(cursor, 'base64url').toString().split(' ')
  if (id && Number.isFinite(Number(rank))) return { rank: Number(rank), id }
  throw new WhetstoneError(
    'INVALID_INPUT',
    `'${cursor}' is not a cursor.`,
    'Start again from the first page.',
  )
}
