import { z } from 'zod'
import { RunKind, RunStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import { type RunRow, runRowSelect } from './run-row.ts'

const many = <T extends string>(values: Record<string, T>) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.enum(values)).optional())

export const listRunsInput = z.strictObject({
  ...pageInput,
  /** One or several. */
  kind: many(RunKind),
  status: many(RunStatus),
})

/** The workspace's runs, newest first. */
export async function listRuns(
  actor: Actor,
  { q, cursor, limit, kind, status }: z.output<typeof listRunsInput>,
): Promise<Page<RunRow>> {
  authorise(actor, 'run.list')
  const where: Prisma.RunWhereInput = {
    workspaceId: actor.workspaceId,
    ...(q ? { name: { contains: q, mode: 'insensitive' } } : {}),
    ...(kind ? { kind: { in: kind } } : {}),
    ...(status ? { status: { in: status } } : {}),
  }
  const [rows, total] = await Promise.all([
    db.run.findMany({
      where: { AND: [where, afterCursor(cursor)] },
      orderBy: newestFirst,
      take: limit + 1,
      select: runRowSelect,
    }),
    db.run.count({ where }),
  ])
  return pageOf(rows, limit, total, (row) => row)
}
