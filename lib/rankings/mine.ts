import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import type { Flag } from './assignment-view.ts'

export const mineInput = z.strictObject({
  ...pageInput,
  status: z.enum(['submitted', 'skipped']).default('submitted'),
})

export interface MyAnswer {
  id: string
  comparisonId: string
  status: 'submitted' | 'skipped'
  prompt: string
  completions: { id: string; text: string }[]
  groups: string[][] | null
  allBad: boolean
  strength: number | null
  flags: Flag[]
  comment: string | null
  skipReason: string | null
  millisecondsSpent: number | null
  createdAt: Date
}

/** What this annotator has submitted or skipped, newest first; `id` is the assignment's. */
export async function mine(actor: Actor, input: z.output<typeof mineInput>): Promise<Page<MyAnswer>> {
  authorise(actor, 'ranking.mine')
  const where = {
    workspaceId: actor.workspaceId,
    annotatorId: actor.userId,
    status: input.status === 'skipped' ? ('SKIPPED' as const) : ('SUBMITTED' as const),
    ...(input.q && {
      comparison: { prompt: { text: { contains: input.q, mode: 'insensitive' as const } } },
    }),
  }
  // An answer is dated by its end, which the cursor calls createdAt.
  const { OR } = afterCursor(input.cursor)
  const from = OR && {
    OR: OR.map(({ createdAt, ...rest }) => ({ finishedAt: createdAt, ...rest })),
  }
  const [rows, total] = await Promise.all([
    db.assignment.findMany({
      where: { ...where, ...from },
      orderBy: newestFirst.map(({ ...order }) =>
        'createdAt' in order ? { finishedAt: 'desc' as const } : order,
      ),
      take: input.limit + 1,
      include: {
        rankings: { where: { supersededBy: null }, take: 1 },
        comparison: {
          include: {
            prompt: { select: { text: true } },
            completions: { include: { completion: { select: { id: true, text: true } } } },
          },
        },
      },
    }),
    db.assignment.count({ where }),
  ])
  const dated = rows.map((row) => ({ ...row, createdAt: row.finishedAt ?? row.claimedAt }))
  return pageOf(dated, input.limit, total, (row) => {
    const ranking = row.rankings[0]
    const texts = new Map(
      row.comparison.completions.map(({ completion }) => [completion.id, completion.text]),
    )
    return {
      id: row.id,
      comparisonId: row.comparisonId,
      status: input.status,
      prompt: row.comparison.prompt.text,
      completions: row.shownOrder.map((id) => ({ id, text: texts.get(id)! })),
      groups: ranking ? (ranking.groups as unknown as string[][]) : null,
      allBad: ranking?.allBad ?? false,
      strength: ranking?.strength ?? null,
      flags: ranking ? (ranking.flags as unknown as Flag[]) : [],
      comment: ranking?.comment ?? null,
      skipReason: row.skipReason,
      millisecondsSpent: ranking?.millisecondsSpent ?? null,
      createdAt: row.createdAt,
    }
  })
}
