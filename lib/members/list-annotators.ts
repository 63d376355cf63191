import { z } from 'zod'
import type { Actor, Role } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'

export const listAnnotatorsInput = z.strictObject({})

export interface AnnotatorItem {
  /** The user's. */
  id: string
  name: string
  email: string
  role: Role
}

/** Everybody who may rank, which is every member, by name: annotators first. */
export async function listAnnotators(actor: Actor): Promise<{ items: AnnotatorItem[] }> {
  authorise(actor, 'annotator.list')
  const rows = await db.member.findMany({
    where: { workspaceId: actor.workspaceId },
    orderBy: [{ role: 'desc' }, { user: { name: 'asc' } }, { userId: 'asc' }],
    select: { role: true, user: { select: { id: true, name: true, email: true } } },
  })
  return { items: rows.map(({ role, user }) => ({ ...user, role })) }
}
