import { showEvaluation, showEvaluationInput } from '#lib/evaluations/show-evaluation.ts'
import { handle } from '../../handle.ts'

export const GET = handle('evaluation.show', showEvaluationInput, showEvaluation)
