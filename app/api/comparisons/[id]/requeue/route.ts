import { requeue, requeueInput } from '#lib/comparisons/requeue.ts'
import { handle } from '../../../handle.ts'

export const POST = handle('comparison.requeue', requeueInput, requeue)
