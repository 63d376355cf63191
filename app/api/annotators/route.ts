import { listAnnotators, listAnnotatorsInput } from '#lib/members/list-annotators.ts'
import { handle } from '../handle.ts'

export const GET = handle('annotator.list', listAnnotatorsInput, listAnnotators)
