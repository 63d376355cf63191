import { skip, skipInput } from '#lib/rankings/skip.ts'
import { handle } from '../../handle.ts'

export const POST = handle('ranking.skip', skipInput, skip)
