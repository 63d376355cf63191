import { importModel, importModelInput } from '#lib/models/import-model.ts'
import { handle } from '../../handle.ts'

export const POST = handle('model.import', importModelInput, importModel, { status: 201 })
