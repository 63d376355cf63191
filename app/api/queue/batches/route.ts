import { myBatches, myBatchesInput } from '#lib/rankings/my-batches.ts'
import { handle } from '../../handle.ts'

export const GET = handle('queue.batches', myBatchesInput, myBatches)
