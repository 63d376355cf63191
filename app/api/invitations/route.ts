import { createInvitation, createInvitationInput } from '#lib/members/create-invitation.ts'
import { listInvitations, listInvitationsInput } from '#lib/members/list-invitations.ts'
import { handle } from '../handle.ts'

export const GET = handle('invitation.list', listInvitationsInput, listInvitations)
export const POST = handle('invitation.create', createInvitationInput, createInvitation)
