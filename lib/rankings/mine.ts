import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import { type Edit, editOf, type Flag, type StoredOpinion, withoutEdit } from './assignment-view.ts'
import { slotFree } from './lease.ts'
import { batchIdOf, batchInput } from './scope.ts'

export const mineInput = z.strictObject({
  ...pageInput,
  status: z.enum(['submitted', 'skipped']).default('submitted'),
  batch: batchInput,
})

export interface MyAnswer {
  id: string
  comparisonId: string
  batch: { id: string; name: string } | null
  status: 'submitted' | 'skipped'
  prompt: string
  completions: { id: string; text: string }[]
  groups: string[][] | null
  allBad: boolean
  strength: number | null
  flags: Flag[]
  comment: string | null
  edit: Edit | null
  /** It superseded an earlier ranking of mine. */
  edited: boolean
  canReopen: boolean
  skipReason: string | null
  millisecondsSpent: number | null
  createdAt: Date
}

/**
 * What this annotator has submitted or skipped, newest first; `id` is the assignment's. `q` searches prompts, responses, own
 * edits and comments. Gold and repeated items stand among the others as what they looked like when they were ranked.
 */
export async function mine(actor: Actor, input: z.output<typeof mineInput>): Promise<Page<MyAnswer>> {
  authorise(actor, 'ranking.mine')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const contains = { contains: input.q, mode: 'insensitive' as const }
  const found: Prisma.AssignmentWhereInput[] = [
    { comparison: { prompt: { text: contains } } },
    { comparison: { completions: { some: { completion: { text: contains } } } } },
    {
      rankings: { some: { supersededBy: null, OR: [{ comment: contains }, { edit: { text: contains } }] } },
    },
  ]
  const where: Prisma.AssignmentWhereInput = {
    workspaceId: actor.workspaceId,
    annotatorId: actor.userId,
    status: input.status === 'skipped' ? 'SKIPPED' : 'SUBMITTED',
    ...(batchId !== null && { comparison: { batchId } }),
    ...(input.q && { OR: found }),
  }
  // An answer is dated by its end, which the cursor calls createdAt.
  const { OR } = afterCursor(input.cursor)
  const from = OR && {
    OR: OR.map(({ createdAt, ...rest }) => ({ finishedAt: createdAt, ...rest })),
  }
  const [rows, total] = await Promise.all([
    db.assignment.findMany({
      where: { AND: [where, from ?? {}] },
      orderBy: newestFirst.map(({ ...order }) =>
        'createdAt' in order ? { finishedAt: 'desc' as const } : order,
      ),
      take: input.limit + 1,
      include: {
        rankings: { where: { supersededBy: null }, take: 1, include: { edit: true } },
        comparison: {
          include: {
            prompt: { select: { text: true } },
            batch: { select: { id: true, name: true } },
            completions: { include: { completion: { select: { id: true, text: true } } } },
          },
        },
      },
    }),
    db.assignment.count({ where }),
  ])
  const reopenable = input.status === 'skipped' ? await withSlot(rows.map(({ id }) => id)) : null
  const dated = rows.map((row) => ({ ...row, createdAt: row.finishedAt ?? row.claimedAt }))
  return pageOf(dated, input.limit, total, (row) => {
    const ranking = row.rankings[0]
    const stored = ranking && {
      ...(ranking as unknown as StoredOpinion),
      editText: ranking.edit?.text ?? null,
      editedFromId: ranking.edit?.editedFromId ?? null,
    }
    const texts = new Map(
      row.comparison.completions.map(({ completion }) => [completion.id, completion.text]),
    )
    return {
      id: row.id,
      comparisonId: row.comparisonId,
      batch: row.comparison.batch,
      status: input.status,
      prompt: row.comparison.prompt.text,
      completions: row.shownOrder.map((id) => ({ id, text: texts.get(id)! })),
      groups: stored ? withoutEdit(stored) : null,
      allBad: stored?.allBad ?? false,
      strength: stored?.strength ?? null,
      flags: stored?.flags ?? [],
      comment: stored?.comment ?? null,
      edit: stored ? editOf(stored, row.shownOrder) : null,
      edited: Boolean(ranking?.supersedesId),
      canReopen: reopenable === null || reopenable.has(row.id),
      skipReason: row.skipReason,
      millisecondsSpent: ranking?.millisecondsSpent ?? null,
      createdAt: row.createdAt,
    }
  })
}

/** Those of the assignments, which were skipped, that their annotators may have back. */
async function withSlot(ids: string[]): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select a.id from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
    where a.id = any(${ids}) and ${slotFree}`
  return new Set(rows.map(({ id }) => id))
}
