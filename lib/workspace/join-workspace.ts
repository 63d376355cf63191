import { z } from 'zod'
import { audit } from '../audit.ts'
import { actorOf, type Identity, type Role } from '../auth/actor.ts'
import { type Database, db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { acceptable, tokenHash } from '../members/invitation-token.ts'

export const joinWorkspaceInput = z.strictObject({ token: z.string().min(1).max(200).optional() })

/**
 * Makes an account a member: the first account of all founds the workspace and administers it, everybody else needs an
 * invitation. A member who joins again keeps the role they have.
 * @throws WhetstoneError FORBIDDEN without a valid invitation, or with one older than the person's removal.
 */
export async function joinWorkspace(
  identity: Identity,
  { token }: z.output<typeof joinWorkspaceInput>,
): Promise<{ workspaceId: string; role: Role }> {
  const before = await actorOf(identity)
  if (before) return { workspaceId: before.workspaceId, role: before.role }
  return db.$transaction(async (tx) => {
    // Two first accounts at the same moment found one workspace.
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('join', 0))`
    const member = await tx.member.findFirst({ where: { userId: identity.userId } })
    if (member) return { workspaceId: member.workspaceId, role: member.role }
    const founded = (await tx.workspace.count()) === 0
    const { workspaceId, role } = founded ? await found(tx) : await accept(tx, identity, token)
    await tx.member.create({ data: { workspaceId, userId: identity.userId, role } })
    await audit(
      tx,
      { ...identity, workspaceId },
      founded ? 'workspace.found' : 'workspace.join',
      identity.userId,
      { role },
    )
    return { workspaceId, role }
  })
}

async function found(tx: Database): Promise<{ workspaceId: string; role: Role }> {
  const workspace = await tx.workspace.create({ data: { name: 'Whetstone' } })
  return { workspaceId: workspace.id, role: 'ADMIN' }
}

async function accept(
  tx: Database,
  identity: Identity,
  token: string | undefined,
): Promise<{ workspaceId: string; role: Role }> {
  if (!token) {
    throw new WhetstoneError(
      'FORBIDDEN',
      `${identity.email} is not invited: this workspace takes members by invitation only.`,
      'Ask an administrator for an invitation link and open it.',
    )
  }
  const invitation = await tx.invitation.findFirst({
    where: { tokenHash: tokenHash(token), ...acceptable() },
  })
  if (!invitation) {
    throw new WhetstoneError(
      'FORBIDDEN',
      'This invitation has expired, was revoked, or has been used.',
      'Ask the person who sent it for another.',
    )
  }
  if (invitation.email && invitation.email !== identity.email.toLowerCase()) {
    throw new WhetstoneError(
      'FORBIDDEN',
      `This invitation is for another address than ${identity.email}.`,
      'Sign in with the address it was sent to.',
    )
  }
  const removed = await tx.auditEvent.findFirst({
    where: {
      workspaceId: invitation.workspaceId,
      action: 'member.remove',
      subject: identity.userId,
      createdAt: { gt: invitation.createdAt },
    },
  })
  if (removed) {
    throw new WhetstoneError(
      'FORBIDDEN',
      `${identity.email} was removed from this workspace after this invitation was made.`,
      'Ask an administrator for a new invitation.',
    )
  }
  await tx.invitation.update({ where: { id: invitation.id }, data: { usesLeft: { decrement: 1 } } })
  return { workspaceId: invitation.workspaceId, role: invitation.role }
}
