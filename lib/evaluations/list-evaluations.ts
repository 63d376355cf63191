import { z } from 'zod'
import type { RunStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import type { EvaluationSummary } from './summary.ts'

export const listEvaluationsInput = z.strictObject({
  ...pageInput,
  /** Evaluations with this version on either side. */
  version: z.string().optional(),
})

export const evaluationSelect = {
  id: true,
  name: true,
  summary: true,
  runId: true,
  createdAt: true,
  versionA: { select: { id: true, name: true, version: true } },
  versionB: { select: { id: true, name: true, version: true } },
  reward: { select: { id: true, name: true, version: true } },
  run: { select: { status: true } },
} satisfies Prisma.EvaluationSelect

type Selected = Prisma.EvaluationGetPayload<{ select: typeof evaluationSelect }>

export interface EvaluationRow extends Omit<Selected, 'summary' | 'run'> {
  /** Of its run; null when that was removed. */
  status: RunStatus | null
  summary: EvaluationSummary | null
}

export function evaluationRow({ run, summary, ...row }: Selected): EvaluationRow {
  return { ...row, status: run?.status ?? null, summary: summary as EvaluationSummary | null }
}

/** The workspace's evaluations, newest first. */
export async function listEvaluations(
  actor: Actor,
  { q, cursor, limit, version }: z.output<typeof listEvaluationsInput>,
): Promise<Page<EvaluationRow>> {
  authorise(actor, 'evaluation.list')
  const where: Prisma.EvaluationWhereInput = {
    workspaceId: actor.workspaceId,
    ...(q ? { name: { contains: q, mode: 'insensitive' } } : {}),
    ...(version ? { OR: [{ versionAId: version }, { versionBId: version }] } : {}),
  }
  const [rows, total] = await Promise.all([
    db.evaluation.findMany({
      where: { AND: [where, afterCursor(cursor)] },
      orderBy: newestFirst,
      take: limit + 1,
      select: evaluationSelect,
    }),
    db.evaluation.count({ where }),
  ])
  return pageOf(rows, limit, total, evaluationRow)
}
