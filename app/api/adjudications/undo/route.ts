import { handle } from '#app/api/handle.ts'
import { reopenDecision, reopenDecisionInput } from '#lib/adjudication/reopen-decision.ts'

export const POST = handle('adjudication.claim', reopenDecisionInput, reopenDecision)
