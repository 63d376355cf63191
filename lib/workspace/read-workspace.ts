import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'

export interface WorkspaceDetails {
  id: string
  name: string
  /** Markdown. */
  guidelines: string
  createdAt: Date
}

export async function readWorkspace(actor: Actor): Promise<WorkspaceDetails> {
  authorise(actor, 'workspace.read')
  return db.workspace.findUniqueOrThrow({
    where: { id: actor.workspaceId },
    select: { id: true, name: true, guidelines: true, createdAt: true },
  })
}
