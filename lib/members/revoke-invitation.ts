import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'

export const revokeInvitationInput = z.strictObject({ id: z.string().min(1) })

/** Nobody can join by the link any more; those who have joined stay. */
export async function revokeInvitation(
  actor: Actor,
  { id }: z.output<typeof revokeInvitationInput>,
): Promise<{ id: string }> {
  authorise(actor, 'invitation.revoke')
  return db.$transaction(async (tx) => {
    const { count } = await tx.invitation.updateMany({
      where: { id, workspaceId: actor.workspaceId, revokedAt: null },
      data: { revokedAt: new Date() },
    })
    if (count === 0) throw notFound('invitation', id)
    await audit(tx, actor, 'invitation.revoke', id)
    return { id }
  })
}
