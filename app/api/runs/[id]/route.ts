import { showRun, showRunInput } from '#lib/runs/show-run.ts'
import { handle } from '../../handle.ts'

export const GET = handle('run.show', showRunInput, showRun)
