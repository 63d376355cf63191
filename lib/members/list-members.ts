import { z } from 'zod'
import type { Actor, Role } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'

export const listMembersInput = z.strictObject({})

export interface MemberItem {
  id: string
  userId: string
  name: string
  email: string
  role: Role
  createdAt: Date
}

/** Everybody in the workspace, in order of joining. */
export async function listMembers(
  actor: Actor,
): Promise<{ items: MemberItem[]; nextCursor: null; total: number }> {
  authorise(actor, 'member.list')
  const rows = await db.member.findMany({
    where: { workspaceId: actor.workspaceId },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: {
      id: true,
      userId: true,
      role: true,
      createdAt: true,
      user: { select: { name: true, email: true } },
    },
  })
  const items = rows.map(({ user, ...row }) => ({ ...row, ...user }))
  return { items, nextCursor: null, total: items.length }
}
