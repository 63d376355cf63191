import { myProgress, myProgressInput } from '#lib/rankings/my-progress.ts'
import { handle } from '../../handle.ts'

export const GET = handle('queue.claim', myProgressInput, myProgress)
