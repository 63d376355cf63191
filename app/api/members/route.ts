import { listMembers, listMembersInput } from '#lib/members/list-members.ts'
import { handle } from '../handle.ts'

export const GET = handle('member.list', listMembersInput, listMembers)
