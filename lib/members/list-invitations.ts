import { z } from 'zod'
import type { Actor, Role } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { acceptable } from './invitation-token.ts'

export const listInvitationsInput = z.strictObject({})

export interface InvitationItem {
  id: string
  role: Role
  email: string | null
  usesLeft: number
  createdBy: string
  createdAt: Date
  expiresAt: Date
}

/** The invitations that can still be accepted, newest first. */
export async function listInvitations(
  actor: Actor,
): Promise<{ items: InvitationItem[]; nextCursor: null; total: number }> {
  authorise(actor, 'invitation.list')
  const rows = await db.invitation.findMany({
    where: { workspaceId: actor.workspaceId, ...acceptable() },
    orderBy: { createdAt: 'desc' },
    select: {
      id: true,
      role: true,
      email: true,
      usesLeft: true,
      createdAt: true,
      expiresAt: true,
      createdBy: { select: { name: true } },
    },
  })
  const items = rows.map((row) => ({ ...row, createdBy: row.createdBy.name }))
  return { items, nextCursor: null, total: items.length }
}
