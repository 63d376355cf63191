import type { Actor } from './auth/actor.ts'
import type { Database, Prisma } from './db.ts'

/** Records what an actor did; pass the transaction that does it, so that both are kept or neither. */
export async function audit(
  tx: Database,
  actor: Pick<Actor, 'workspaceId' | 'userId'>,
  action: string,
  subject: string,
  detail: Prisma.InputJsonObject = {},
): Promise<void> {
  await tx.auditEvent.create({
    data: { workspaceId: actor.workspaceId, actorId: actor.userId, action, subject, detail },
  })
}
