import { audit } from '../audit.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'

/**
 * Founds one more workspace with an existing account as its administrator. For whoever operates the machine: no route
 * leads here, since people on the web join by invitation only.
 * @throws WhetstoneError NOT_FOUND when no account has the address
 */
export async function foundWorkspace(input: {
  email: string
  name: string
}): Promise<{ workspaceId: string }> {
  return db.$transaction(async (tx) => {
    const user = await tx.user.findUnique({ where: { email: input.email.toLowerCase() } })
    if (!user) throw notFound('account', input.email)
    const workspace = await tx.workspace.create({ data: { name: input.name } })
    await tx.member.create({ data: { workspaceId: workspace.id, userId: user.id, role: 'ADMIN' } })
    const actor = { userId: user.id, workspaceId: workspace.id }
    await audit(tx, actor, 'workspace.found', user.id, { role: 'ADMIN' })
    return { workspaceId: workspace.id }
  })
}
