import { renameModel, renameModelInput } from '#lib/models/rename-model.ts'
import { showModel, showModelInput } from '#lib/models/show-model.ts'
import { handle } from '../../handle.ts'

export const GET = handle('model.show', showModelInput, showModel)
export const PATCH = handle('model.update', renameModelInput, renameModel)
