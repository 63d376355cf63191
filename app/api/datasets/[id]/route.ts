import { showDataset, showDatasetInput } from '#lib/datasets/show-dataset.ts'
import { handle } from '../../handle.ts'

export const GET = handle('dataset.show', showDatasetInput, showDataset)
