import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import type { WorkspaceDetails } from './read-workspace.ts'

export const updateWorkspaceInput = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  guidelines: z.string().max(50_000).optional(),
})

export async function updateWorkspace(
  actor: Actor,
  input: z.output<typeof updateWorkspaceInput>,
): Promise<WorkspaceDetails> {
  authorise(actor, 'workspace.update')
  return db.$transaction(async (tx) => {
    await audit(tx, actor, 'workspace.update', actor.workspaceId, { fields: Object.keys(input) })
    return tx.workspace.update({
      where: { id: actor.workspaceId },
      data: input,
      select: { id: true, name: true, guidelines: true, createdAt: true },
    })
  })
}
