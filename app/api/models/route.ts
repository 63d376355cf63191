import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { handle } from '../handle.ts'

export const GET = handle('model.list', listModelsInput, listModels)
