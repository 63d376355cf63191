import * as tf from '@tensorflow/tfjs-core'
import type { ReinforceSpec } from '#trainer/config.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { nextAverage } from '#trainer/rlhf/baselines.ts'
import { gae } from '#trainer/rlhf/gae.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { sumRows } from '#trainer/rlhf/masks.ts'
import { reinforceLoss } from '#trainer/rlhf/policy-gradients.ts'
import { tokenRewards } from '#trainer/rlhf/rewards.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { whiten } from '#trainer/rlhf/whiten.ts'
import { descend, differentiate } from './learn.ts'
import { saveLearners } from './learners.ts'
import { checkpointEvent, type Run, recovering, restore, shouldStop } from './run.ts'
import { adamOptions, batchMetrics, learners, microBatches, openSampler, sampleBatch } from './sampler.ts'
import { measureValues, responseLogProbs } from './sequences.ts'
import { fitValues, openCritic } from './value-fit.ts'
import { report, settle, startWatching, unwatched, type WatchedState } from './watched.ts'

interface State extends WatchedState {
  /** The moving average of returns; null before the first batch. */
  average: number | null
}

/**
 * REINFORCE: one step along Σ_t A_t·∇log π(a_t) on each batch, A_t = G_t − baseline, G_t the rewards from t on, with the KL to the
 * reference among them. The baseline is a value model, a moving average or nothing.
 * Sources: Williams 1992; Sutton et al. 2000; docs/algorithms.md, Relatives of PPO.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export const reinforce = recovering(async function* (
  spec: ReinforceSpec,
  run: Run,
  open,
): AsyncGenerator<TrainerEvent> {
  // 1. Models and prompts; the value model only where it is the baseline.
  const sampler = await openSampler(spec, run, open)
  const { checkpoint, total } = sampler
  const { policy } = sampler.models
  yield* sampler.logs
  let lastGood = checkpoint
  const critic = spec.baseline === 'value' ? await openCritic(spec, policy, checkpoint, open) : null
  if (critic) yield* critic.logs
  const adam = open(createAdam(policy.trainable, adamOptions(spec)))
  const own = learners({
    policy: { model: policy, adam },
    ...(critic && { value: { model: critic.value, adam: critic.adam } }),
  })
  const trained = { ...own, order: { ...own.order, ...sampler.order, baseline: spec.baseline } }
  const state: State = { average: null, ...unwatched, ...(checkpoint && restore<State>(checkpoint, trained)) }
  const guards = yield* startWatching(spec, sampler, state, open)
  let after: Record<string, number> | null = null
  let last: Record<string, number> = {}
  let alarm: AlarmEvent | null = null

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    // 2. One sample of each of the next prompts.
    const batch = sampleBatch(spec, sampler, { step, lastGood })
    const { sequences, starts, scores, kl, logProbs, referenceLogProbs, entropy } = batch

    // 3. Rewards: −β·KL at every token, the score at the last.
    const penalty = spec.klEstimator === 'k1' ? kl : klPerToken(logProbs, referenceLogProbs, spec.klEstimator)
    const rewards = tokenRewards(penalty, scores, starts, spec.klCoefficient)

    // 4. Advantages: with λ 1 and no values, GAE is the return G_t itself.
    const values = critic
      ? measureValues(critic.value, sequences, spec.microBatchSize)
      : new Float32Array(kl.length)
    const { advantages: raw, returns } = gae(rewards, values, starts, {
      gamma: spec.gamma,
      lambda: critic ? spec.lambda : 1,
    })
    const constant = spec.baseline === 'average' ? state.average : null
    const compared = constant === null ? raw : raw.map((value) => value - constant)
    const advantages = spec.whitenAdvantages ? whiten(compared, { shiftMean: true }) : compared
    const wholeReturns = sumRows(rewards, starts)
    if (spec.baseline === 'average')
      state.average = nextAverage(state.average, wholeReturns, spec.baselineDecay)

    // 5. One step of the policy on the whole batch, then the value model's regression on the returns.
    const factor = learningRateFactor(step - 1, total, spec)
    const options = { checkpointing: spec.activationCheckpointing }
    const losses = microBatches(batch, spec.microBatchSize).map(({ part, slice }) => () => {
      const [own] = tf.unstack(responseLogProbs(policy, part, spec.temperature, options)) as [tf.Tensor1D]
      return reinforceLoss(own, tf.tensor1d(slice(advantages)), { tokens: advantages.length })
    })
    const pass = differentiate(policy.trainable, losses)
    const learningRate = spec.learningRate * factor
    const norm = descend(adam, pass, { maxGradNorm: spec.maxGradNorm, learningRate, step, lastGood })
    const fitted = critic
      ? fitValues(spec, critic, batch, {
          returns,
          learningRate: (spec.valueLearningRate ?? spec.learningRate) * factor,
          step,
          lastGood,
        })
      : {}

    // 6. Report.
    last = {
      ...batchMetrics(spec, batch, {
        step,
        beta: spec.klCoefficient,
        penalty,
        learned: critic ? { values, returns } : undefined,
      }),
      ...fitted,
      'policy/entropy_avg': entropy.reduce((sum, each) => sum + each, 0) / entropy.length,
      'loss/policy_avg': pass.loss,
      'policy/grad_norm': norm,
      ...(constant !== null && { 'val/baseline': constant }),
      lr: learningRate,
    }
    const reported = yield* report(spec, sampler, guards, batch, { step, metrics: last, lastGood })
    after = reported.after
    alarm = reported.alarm
    if (alarm) break

    // 7. Checkpoint, and stop where asked.
    const stops = step < total && (await shouldStop(run))
    if (stops || (spec.checkpointEvery > 0 && step % spec.checkpointEvery === 0 && step < total)) {
      const saved = await checkpointEvent(run, step, trained, state, lastGood)
      lastGood = saved.checkpoint
      yield saved.event
    }
    if (stops) {
      yield { type: 'stopped', step }
      return
    }
  }

  // 8. The policy, and the value model beside it.
  const { step, summary } = await settle(spec, run, sampler, trained, { state, last, after, alarm, lastGood })
  const saving = { from: spec.policy, step, lastGood }
  const { artifacts, logs } = await saveLearners(run, { policy, value: critic?.value }, saving)
  yield* logs
  yield { type: 'done', artifacts, summary }
})
