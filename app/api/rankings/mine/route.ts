import { mine, mineInput } from '#lib/rankings/mine.ts'
import { handle } from '../../handle.ts'

export const GET = handle('ranking.mine', mineInput, mine)
