import type { ModelKind } from '#prisma/client/enums.ts'
import type { Database } from '../db.ts'

/** The number of the next version of a kind; the workspace's row is locked until the transaction ends. */
export async function nextVersion(tx: Database, workspaceId: string, kind: ModelKind): Promise<number> {
  await tx.$queryRaw`select 1 from "Workspace" where "id" = ${workspaceId} for update`
  const { _max } = await tx.modelVersion.aggregate({ where: { workspaceId, kind }, _max: { version: true } })
  return (_max.version ?? 0) + 1
}
