import type { Role } from '../auth/actor.ts'
import { db } from '../db.ts'
import { acceptable, tokenHash } from '../members/invitation-token.ts'

/** What the sign-up page may tell a stranger: whether theirs is the first account, and what the token invites to. */
export async function arrival(token: string | undefined): Promise<{
  firstAccount: boolean
  invitation: { role: Role; workspace: string; email: string | null } | null
}> {
  const firstAccount = (await db.workspace.count()) === 0
  if (!token) return { firstAccount, invitation: null }
  const invitation = await db.invitation.findFirst({
    where: { tokenHash: tokenHash(token), ...acceptable() },
    select: { role: true, email: true, workspace: { select: { name: true } } },
  })
  return { firstAccount, invitation: invitation && { ...invitation, workspace: invitation.workspace.name } }
}
