import { overview, overviewInput } from '#lib/quality/overview.ts'
import { handle } from '../handle.ts'

export const GET = handle('quality.read', overviewInput, overview)
