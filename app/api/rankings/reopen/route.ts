import { reopen, reopenInput } from '#lib/rankings/reopen.ts'
import { handle } from '../../handle.ts'

export const POST = handle('ranking.reopen', reopenInput, reopen)
