import { z } from 'zod'
import type { Judge, Outcome, RunStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import type { EvaluationConfig } from './config.ts'
import { type EvaluationRow, evaluationRow, evaluationSelect } from './list-evaluations.ts'

export const showEvaluationInput = z.strictObject({ id: z.string() })

export interface MatchRow {
  id: string
  promptId: string
  prompt: { messages: { role: string; content: string }[]; text: string }
  judge: Judge
  outcome: Outcome
  completionA: string
  completionB: string
  scoreA: number | null
  scoreB: number | null
}

export interface EvaluationDetails extends EvaluationRow {
  run: {
    id: string
    status: RunStatus
    step: number
    totalSteps: number | null
    seed: number
    config: EvaluationConfig
    errorMessage: string | null
    errorHint: string | null
  } | null
  /** By prompt, then judge; at most 2000. */
  matches: MatchRow[]
}

const mostMatches = 2000

/** An evaluation with its matches. @throws WhetstoneError NOT_FOUND */
export async function showEvaluation(
  actor: Actor,
  { id }: z.output<typeof showEvaluationInput>,
): Promise<EvaluationDetails> {
  authorise(actor, 'evaluation.show')
  const evaluation = await db.evaluation.findFirst({
    where: { id, workspaceId: actor.workspaceId },
    select: {
      ...evaluationSelect,
      run: {
        select: {
          id: true,
          status: true,
          step: true,
          totalSteps: true,
          seed: true,
          config: true,
          errorMessage: true,
          errorHint: true,
        },
      },
      matches: {
        orderBy: [{ promptId: 'asc' }, { judge: 'asc' }],
        take: mostMatches,
        omit: { evaluationId: true },
        include: { prompt: { select: { messages: true, text: true } } },
      },
    },
  })
  if (!evaluation) throw notFound('evaluation', id)
  const { matches, run } = evaluation
  return {
    ...evaluationRow(evaluation),
    run: run && { ...run, config: run.config as EvaluationConfig },
    matches: matches.map((match) => ({
      ...match,
      prompt: { ...match.prompt, messages: match.prompt.messages as MatchRow['prompt']['messages'] },
    })),
  }
}
