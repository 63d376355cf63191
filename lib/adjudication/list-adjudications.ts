import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db, Prisma } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { type Page, pageInput } from '../pagination.ts'
import { batchIdOf, batchInput, inScope } from '../rankings/scope.ts'
import { type Disagreement, disagreements, undecided, worstFirst } from './disagreement.ts'

export const listAdjudicationsInput = z.strictObject({
  ...pageInput,
  batch: batchInput,
  /** Open: annotators disagree and nobody has decided. Done: somebody has, however much they disagreed. */
  state: z.enum(['open', 'done']).default('open'),
  /** Also comparisons that still wait for annotators. */
  all: z.stringbool().default(false),
})
type Input = z.output<typeof listAdjudicationsInput>

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

/** Comparisons that annotators disagree on, worst first. @throws WhetstoneError INVALID_INPUT for a cursor of no list. */
export async function listAdjudications(actor: Actor, input: Input): Promise<Page<AdjudicationItem>> {
  authorise(actor, 'adjudication.list')
  const after = input.cursor === undefined ? null : readCursor(input.cursor)
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const found = await sorted(actor, batchId, input)
  const rest = after ? found.filter((one) => worstFirst(after, one) < 0) : found
  const shown = rest.slice(0, input.limit)
  const last = rest.length > input.limit ? shown.at(-1) : undefined
  return {
    items: await described(db, shown),
    nextCursor: last ? Buffer.from(`${last.disagreement} ${last.id}`).toString('base64url') : null,
    total: found.length,
  }
}

async function sorted(actor: Actor, batchId: string | null, input: Input): Promise<Disagreement[]> {
  const pattern = `%${input.q?.replaceAll(/[\\%_]/g, '\\$&')}%`
  const scope = Prisma.sql`${inScope(actor.workspaceId, batchId)} ${
    input.q
      ? Prisma.sql`and exists (select from "Prompt" p where p.id = c."promptId" and p.text ilike ${pattern})`
      : Prisma.empty
  }`
  if (input.state === 'open') {
    return undecided(db, input.all ? scope : Prisma.sql`${scope} and c.submitted >= c.overlap`)
  }
  const done = await disagreements(
    db,
    Prisma.sql`${scope} and exists (
      select from "Comparison" copy
      where copy."originalId" = c.id and copy.kind = 'ADJUDICATION' and copy.submitted > 0)`,
  )
  return done.sort(worstFirst)
}

async function described(tx: Database, found: Disagreement[]): Promise<AdjudicationItem[]> {
  const person = { select: { id: true, name: true } }
  const rows = await tx.comparison.findMany({
    where: { id: { in: found.map(({ id }) => id) } },
    select: {
      id: true,
      overlap: true,
      prompt: { select: { id: true, text: true } },
      batch: { select: { id: true, name: true } },
      _count: { select: { completions: true } },
      copies: {
        where: { kind: 'ADJUDICATION' },
        select: {
          rankings: {
            where: { supersededBy: { is: null } },
            select: { createdAt: true, annotator: person },
          },
          assignments: {
            where: { status: 'CLAIMED', leaseUntil: { gt: new Date() } },
            select: { annotator: person },
          },
        },
      },
    },
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return found.flatMap(({ id, rankings, disagreement }) => {
    const row = byId.get(id)
    if (!row) return []
    const { prompt, batch, overlap } = row
    const decision = row.copies[0]?.rankings[0]
    const holder = row.copies[0]?.assignments[0]
    return {
      id,
      prompt,
      batch,
      size: row._count.completions,
      overlap,
      rankings,
      disagreement,
      state: decision ? 'done' : holder ? 'held' : 'open',
      by: (decision ?? holder)?.annotator ?? null,
      decidedAt: decision?.createdAt ?? null,
    }
  })
}

function readCursor(cursor: string): Disagreement {
  const [share, id] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const disagreement = share === 'null' ? null : Number(share)
  if (id && !Number.isNaN(disagreement)) return { id, rankings: 0, disagreement }
  throw new WhetstoneError(
    'INVALID_INPUT',
    `'${cursor}' is not a cursor.`,
    'Start again from the first page.',
  )
}
