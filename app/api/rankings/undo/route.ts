import { undo, undoInput } from '#lib/rankings/undo.ts'
import { handle } from '../../handle.ts'

export const POST = handle('ranking.undo', undoInput, undo)
