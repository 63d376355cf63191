import { stopRun, stopRunInput } from '#lib/runs/stop.ts'
import { handle } from '../../../handle.ts'

export const POST = handle('run.stop', stopRunInput, stopRun)
