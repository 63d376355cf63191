import { showBatch, showBatchInput } from '#lib/comparisons/show-batch.ts'
import { updateBatch, updateBatchInput } from '#lib/comparisons/update-batch.ts'
import { handle } from '../../handle.ts'

export const GET = handle('comparison.list', showBatchInput, showBatch)
export const PATCH = handle('batch.update', updateBatchInput, updateBatch)
