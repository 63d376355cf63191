import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { memberToChange } from './last-admin.ts'

export const removeMemberInput = z.strictObject({ id: z.string().min(1) })

/** Ends a membership at once; the person's rankings stay. @throws WhetstoneError CONFLICT for the last administrator. */
export async function removeMember(
  actor: Actor,
  { id }: z.output<typeof removeMemberInput>,
): Promise<{ id: string }> {
  authorise(actor, 'member.remove')
  return db.$transaction(async (tx) => {
    const member = await memberToChange(tx, actor, id, null)
    await tx.member.delete({ where: { id } })
    await audit(tx, actor, 'member.remove', member.userId, { role: member.role })
    return { id }
  })
}
