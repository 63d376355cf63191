import { rewardCeiling } from './annotate.ts'
import type { Demo } from './demo.ts'
import type { RunDetails } from './run.ts'
import type { Compared, Summary } from './table.ts'
import { type EvaluationDetails, heldOutAccuracy } from './train.ts'

/** What was measured, read back from the server. */
export async function summarise(demo: Demo): Promise<{ summary: Summary; compared: Compared }> {
  const { admin, state } = demo
  const reward = await admin.get<RunDetails>(`/api/runs/${state.ids.rewardRun}`)
  const evaluation = await admin.get<EvaluationDetails>(`/api/evaluations/${state.ids.evaluation}`)
  const found = evaluation.summary
  if (!found?.rubric) throw new Error(`evaluation ${evaluation.id} has no summary by the rubric`)
  const { rubric, rewardModel } = found
  return {
    summary: {
      seed: state.seed,
      engine: reward.engine ?? 'unknown',
      rewardModel: { heldOutAccuracy: heldOutAccuracy(reward), ceiling: rewardCeiling(demo) },
      policy: {
        winRate: rubric.winRate,
        winRateLow: rubric.low,
        winRateHigh: rubric.high,
        klNats: found.klB ?? Number.NaN,
        lengthRatio: found.lengthB / found.lengthA,
      },
      seconds: state.seconds,
    },
    compared: {
      rewardModelWinRate: rewardModel,
      reward: [found.rewardA, found.rewardB],
      length: [found.lengthA, found.lengthB],
    },
  }
}
