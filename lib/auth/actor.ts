import type { Role } from '#prisma/client/enums.ts'
import { db } from '../db.ts'
import { auth } from './auth.ts'
import { type Identity, knownSession } from './known-sessions.ts'

export type { Identity, Role }

/** A member of a workspace, acting in it. */
export interface Actor extends Identity {
  workspaceId: string
  role: Role
}

/** Reads the session cookie; null when there is none, or it has ended. */
export async function identityFromHeaders(headers: Headers): Promise<Identity | null> {
  // Most requests of strangers carry no cookie; they should not cost a query.
  const cookie = headers.get('cookie')
  if (!cookie) return null
  return knownSession(cookie, async () => {
    const session = await auth().api.getSession({ headers })
    return session && { userId: session.user.id, name: session.user.name, email: session.user.email }
  })
}

/** The member behind an identity, or null when it belongs to no workspace. The oldest membership counts. */
export async function actorOf(identity: Identity): Promise<Actor | null> {
  const member = await db.member.findFirst({
    where: { userId: identity.userId },
    orderBy: { createdAt: 'asc' },
    select: { workspaceId: true, role: true },
  })
  return member && { ...identity, workspaceId: member.workspaceId, role: member.role }
}

/** The member behind the session cookie; null when nobody is signed in or the account has no workspace. */
export async function actorFromHeaders(headers: Headers): Promise<Actor | null> {
  const identity = await identityFromHeaders(headers)
  return identity && (await actorOf(identity))
}
