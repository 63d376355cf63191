import { submit, submitInput } from '#lib/rankings/submit.ts'
import { handle } from '../handle.ts'

export const POST = handle('ranking.submit', submitInput, submit)
