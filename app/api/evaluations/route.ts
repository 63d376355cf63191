import { launchEvaluation, launchEvaluationInput } from '#lib/evaluations/launch-evaluation.ts'
import { listEvaluations, listEvaluationsInput } from '#lib/evaluations/list-evaluations.ts'
import { handle } from '../handle.ts'

export const GET = handle('evaluation.list', listEvaluationsInput, listEvaluations)
export const POST = handle('evaluation.launch', launchEvaluationInput, launchEvaluation, { status: 201 })
