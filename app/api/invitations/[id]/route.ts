import { revokeInvitation, revokeInvitationInput } from '#lib/members/revoke-invitation.ts'
import { handle } from '../../handle.ts'

export const DELETE = handle('invitation.revoke', revokeInvitationInput, revokeInvitation)
