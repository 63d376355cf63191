import { listBatches, listBatchesInput } from '#lib/comparisons/list-batches.ts'
import { handle } from '../handle.ts'

export const GET = handle('comparison.list', listBatchesInput, listBatches)
