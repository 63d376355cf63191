import type { EvaluationSummary } from '../evaluations/summary.ts'
import { rewardCeiling } from './annotate.ts'
import { type Demo, launchOnce, onceAs } from './demo.ts'
import { supportDesk } from './grammar.ts'
import type { Bar } from './progress.ts'
import { baseRecipe, evaluationRecipe, generateRecipe, ppoRecipe, rewardRecipe, sizes } from './recipe.ts'
import { type RunDetails, untilDone } from './run.ts'
import { tags } from './set-up.ts'

/** The base policy, trained on the bundled desk, and its completions of the prompts to compare. */
export async function trainBase(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  const desk = supportDesk(state.seed, sizes.deskExamples)
  const sft = await launchOnce(demo, 'baseRun', {
    kind: 'SFT',
    name: 'Base',
    config: baseRecipe,
    seed: state.seed,
    sftFile: desk.map((example) => JSON.stringify(example)).join('\n'),
  })
  const base = await untilDone(admin, sft, bar)
  state.ids.base = modelOf(base, 'POLICY')
  demo.save()
  const run = await launchOnce(demo, 'generateRun', {
    kind: 'GENERATE',
    name: 'Completions of Base',
    config: generateRecipe,
    seed: state.seed,
    policyId: state.ids.base,
    promptFilter: { tag: tags.sampled },
  })
  await untilDone(admin, run, bar)
  return lossNote(base)
}

function lossNote(run: RunDetails): string {
  const loss = run.summary?.evalLoss ?? run.summary?.loss
  return typeof loss === 'number' ? `loss ${loss.toFixed(2)} nats a token` : 'trained'
}

/** The reward model, trained on the snapshot. */
export async function trainReward(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  const id = await launchOnce(demo, 'rewardRun', {
    kind: 'REWARD',
    name: 'Reward model, round 1',
    config: rewardRecipe,
    seed: state.seed,
    policyId: state.ids.base,
    datasetId: state.ids.dataset,
  })
  const run = await untilDone(admin, id, bar)
  state.ids.reward = modelOf(run, 'REWARD')
  return `held-out accuracy ${percent(heldOutAccuracy(run))} of at most ${percent(rewardCeiling(demo))}`
}

/** The share of held-out pairs the reward model orders as the annotator did. */
export function heldOutAccuracy(run: RunDetails): number {
  const accuracy = run.summary?.accuracy
  if (typeof accuracy !== 'number') throw new Error(`run ${run.id} has no accuracy in its summary`)
  return accuracy
}

/** PPO from the base policy against the reward model. */
export async function trainPolicy(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  const id = await launchOnce(demo, 'ppoRun', {
    kind: 'PPO',
    name: 'PPO, round 1',
    config: ppoRecipe,
    seed: state.seed,
    policyId: state.ids.base,
    rewardId: state.ids.reward,
  })
  const run = await untilDone(admin, id, bar)
  state.ids.ppo = modelOf(run, 'POLICY')
  const { scoreBefore, scoreAfter } = run.summary ?? {}
  return `held-out reward ${round(scoreBefore)} → ${round(scoreAfter)}`
}

export interface EvaluationDetails {
  id: string
  summary: EvaluationSummary | null
  run: { id: string } | null
}

/** Base against PPO's policy on held-out prompts, judged by the planted rubric and by the reward model. */
export async function compare(demo: Demo, bar: Bar): Promise<string> {
  const { admin, state } = demo
  await onceAs(demo, 'evaluation', async () => {
    const { id } = await admin.post<{ id: string }>('/api/evaluations', {
      name: 'Base against PPO, round 1',
      versionAId: state.ids.base,
      versionBId: state.ids.ppo,
      rewardId: state.ids.reward,
      seed: state.seed,
      ...evaluationRecipe,
    })
    return id
  })
  const { run } = await admin.get<EvaluationDetails>(`/api/evaluations/${state.ids.evaluation}`)
  if (run) await untilDone(admin, run.id, bar)
  return 'judged by the planted rubric and by the reward model'
}

function modelOf(run: RunDetails, kind: 'POLICY' | 'REWARD'): string {
  const model = run.modelVersions.find((version) => version.kind === kind)
  if (!model) throw new Error(`run '${run.name}' ended without a model of kind ${kind}`)
  return model.id
}

const round = (value: unknown) => (typeof value === 'number' ? value.toFixed(2) : '?')
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
