import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor, Role } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { memberToChange } from './last-admin.ts'

export const updateMemberInput = z.strictObject({
  id: z.string().min(1),
  role: z.enum(['ADMIN', 'RESEARCHER', 'ANNOTATOR']),
})

/** @throws WhetstoneError CONFLICT when it would leave no administrator. */
export async function updateMember(
  actor: Actor,
  { id, role }: z.output<typeof updateMemberInput>,
): Promise<{ id: string; role: Role }> {
  authorise(actor, 'member.update')
  return db.$transaction(async (tx) => {
    const before = await memberToChange(tx, actor, id, role)
    await tx.member.update({ where: { id }, data: { role } })
    await audit(tx, actor, 'member.update', before.userId, { from: before.role, to: role })
    return { id, role }
  })
}
