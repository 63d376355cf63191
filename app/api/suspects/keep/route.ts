import { keepSuspect, keepSuspectInput } from '#lib/suspects/keep-suspect.ts'
import { handle } from '../../handle.ts'

export const POST = handle('comparison.requeue', keepSuspectInput, keepSuspect)
