import { claim, claimInput } from '#lib/rankings/claim.ts'
import { handle } from '../../handle.ts'

export const POST = handle('queue.claim', claimInput, claim)
