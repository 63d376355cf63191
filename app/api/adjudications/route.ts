import { handle } from '#app/api/handle.ts'
import { listAdjudications, listAdjudicationsInput } from '#lib/adjudication/list-adjudications.ts'

export const GET = handle('adjudication.list', listAdjudicationsInput, listAdjudications)
