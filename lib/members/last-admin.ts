import type { Actor, Role } from '../auth/actor.ts'
import type { Database } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'

/**
 * The member to be changed, with the workspace locked so that two administrators cannot remove each other at once.
 * @throws WhetstoneError NOT_FOUND, or CONFLICT when the change would leave the workspace without an administrator.
 */
export async function memberToChange(tx: Database, actor: Actor, id: string, newRole: Role | null) {
  const { workspaceId } = actor
  await tx.$queryRaw`select id from "Workspace" where id = ${workspaceId} for update`
  const member = await tx.member.findFirst({ where: { id, workspaceId } })
  if (!member) throw notFound('member', id)
  if (member.role === 'ADMIN' && newRole !== 'ADMIN') {
    const others = await tx.member.count({ where: { workspaceId, role: 'ADMIN', id: { not: id } } })
    if (others === 0) {
      throw new WhetstoneError(
        'CONFLICT',
        'This is the last administrator of the workspace.',
        'Make somebody else an administrator first.',
      )
    }
  }
  return member
}
