import { handle } from '#app/api/handle.ts'
import { claimAdjudication, claimAdjudicationInput } from '#lib/adjudication/claim-adjudication.ts'

export const POST = handle('adjudication.claim', claimAdjudicationInput, claimAdjudication)
