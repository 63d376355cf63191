import { type Database, db } from '../db.ts'

export interface Ancestor {
  id: string
  name: string
  version: number
  parentId: string | null
  runId: string | null
  rewardId: string | null
}

/** The policy versions a version descends from: itself first, the root last. */
export async function ancestors(
  where: { id: string; workspaceId: string },
  tx: Database = db,
): Promise<Ancestor[]> {
  const line: Ancestor[] = []
  let id: string | null = where.id
  while (id && !line.some((known) => known.id === id)) {
    const version: (Omit<Ancestor, 'rewardId'> & { run: { rewardId: string | null } | null }) | null =
      await tx.modelVersion.findFirst({
        where: { id, workspaceId: where.workspaceId },
        select: {
          id: true,
          name: true,
          version: true,
          parentId: true,
          runId: true,
          run: { select: { rewardId: true } },
        },
      })
    if (!version) break
    const { run, ...rest } = version
    line.push({ ...rest, rewardId: run?.rewardId ?? null })
    id = version.parentId
  }
  return line
}
