import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { env } from '../env.ts'
import { tokenHash } from './invitation-token.ts'

export const createInvitationInput = z.strictObject({
  role: z.enum(['ADMIN', 'RESEARCHER', 'ANNOTATOR']),
  email: z.email().toLowerCase().nullish(),
  uses: z.number().int().min(1).max(1000).default(1),
  days: z.number().int().min(1).max(90).default(7),
})

/** Makes a link by which `uses` people may join. The token is in this answer only: its hash is all that is stored. */
export async function createInvitation(
  actor: Actor,
  input: z.output<typeof createInvitationInput>,
): Promise<{ id: string; url: string; token: string; expiresAt: Date }> {
  authorise(actor, 'invitation.create')
  const token = randomBytes(24).toString('base64url')
  const expiresAt = new Date(Date.now() + input.days * 86_400_000)
  const { id } = await db.$transaction(async (tx) => {
    const invitation = await tx.invitation.create({
      data: {
        workspaceId: actor.workspaceId,
        tokenHash: tokenHash(token),
        role: input.role,
        email: input.email ?? null,
        usesLeft: input.uses,
        createdById: actor.userId,
        expiresAt,
      },
    })
    await audit(tx, actor, 'invitation.create', invitation.id, { role: input.role, uses: input.uses })
    return invitation
  })
  return { id, url: `${env().baseUrl}/sign-up?invitation=${token}`, token, expiresAt }
}
