import { listSuspects, listSuspectsInput } from '#lib/suspects/list-suspects.ts'
import { handle } from '../handle.ts'

export const GET = handle('suspect.list', listSuspectsInput, listSuspects)
