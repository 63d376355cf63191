import { removeMember, removeMemberInput } from '#lib/members/remove-member.ts'
import { updateMember, updateMemberInput } from '#lib/members/update-member.ts'
import { handle } from '../../handle.ts'

export const PATCH = handle('member.update', updateMemberInput, updateMember)
export const DELETE = handle('member.remove', removeMemberInput, removeMember)
