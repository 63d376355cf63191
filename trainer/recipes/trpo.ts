import * as tf from '@tensorflow/tfjs-core'
import type { TrpoSpec } from '#trainer/config.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { addScaled, conjugateGradient, dot } from '#trainer/nn/conjugate-gradient.ts'
import { fisherVectorProduct, snapshot } from '#trainer/nn/fisher.ts'
import { disposeGradients, type Gradients } from '#trainer/nn/gradients.ts'
import { gae } from '#trainer/rlhf/gae.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { reinforceLoss } from '#trainer/rlhf/policy-gradients.ts'
import { tokenRewards } from '#trainer/rlhf/rewards.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { lineSearch, naturalStep } from '#trainer/rlhf/trust-region.ts'
import { moments, whiten } from '#trainer/rlhf/whiten.ts'
import { compareWithKept, divergenceGradient, keepPolicy } from './divergence.ts'
import { differentiate } from './learn.ts'
import { saveLearners } from './learners.ts'
import { checkpointEvent, diverged, type Run, recovering, restore, shouldStop } from './run.ts'
import { batchMetrics, learners, microBatches, openSampler, sampleBatch } from './sampler.ts'
import { measureValues, responseLogProbs } from './sequences.ts'
import { fitValues, openCritic } from './value-fit.ts'
import { report, settle, startWatching, unwatched, type WatchedState } from './watched.ts'

/**
 * TRPO: on each batch the largest step along the natural gradient F⁻¹g that keeps the mean KL of a token within δ, found by
 * conjugate gradient on Fisher-vector products and a backtracking line search on surrogate and KL.
 * Sources: Schulman et al. 2015, "Trust region policy optimization", appendix C; docs/algorithms.md, Relatives of PPO.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export const trpo = recovering(async function* (
  spec: TrpoSpec,
  run: Run,
  open,
): AsyncGenerator<TrainerEvent> {
  // 1. Models and prompts. Only the value model has an optimiser.
  const sampler = await openSampler(spec, run, open)
  const { checkpoint, total } = sampler
  const { policy } = sampler.models
  yield* sampler.logs
  let lastGood = checkpoint
  const critic = await openCritic(spec, policy, checkpoint, open)
  yield* critic.logs
  const own = learners({
    policy: { model: policy, adam: null },
    value: { model: critic.value, adam: critic.adam },
  })
  const trained = { ...own, order: { ...own.order, ...sampler.order } }
  const state: WatchedState = { ...unwatched, ...(checkpoint && restore<WatchedState>(checkpoint, trained)) }
  const guards = yield* startWatching(spec, sampler, state, open)
  let after: Record<string, number> | null = null
  let last: Record<string, number> = {}
  let alarm: AlarmEvent | null = null

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    // 2. One sample of each of the next prompts; rewards −β·KL at every token and the score at the last; GAE.
    const batch = sampleBatch(spec, sampler, { step, lastGood })
    const { sequences, starts, scores, kl, logProbs: old, referenceLogProbs, entropy } = batch
    const penalty = spec.klEstimator === 'k1' ? kl : klPerToken(old, referenceLogProbs, spec.klEstimator)
    const rewards = tokenRewards(penalty, scores, starts, spec.klCoefficient)
    const values = measureValues(critic.value, sequences, spec.microBatchSize)
    const { advantages: raw, returns } = gae(rewards, values, starts, spec)
    const advantages = spec.whitenAdvantages ? whiten(raw, { shiftMean: true }) : raw

    // 3. g, the gradient of the surrogate mean ρ·A where ρ = 1: the policy gradient, here of the loss, which falls.
    const { temperature, microBatchSize: size } = spec
    const options = { checkpointing: spec.activationCheckpointing }
    const losses = microBatches(batch, size).map(({ part, slice }) => () => {
      const [own] = tf.unstack(responseLogProbs(policy, part, temperature, options)) as [tf.Tensor1D]
      return reinforceLoss(own, tf.tensor1d(slice(advantages)), { tokens: advantages.length })
    })
    const { loss, gradients: g } = differentiate(policy.trainable, losses)
    const norm = Math.sqrt(dot(g, g))
    if (!Number.isFinite(loss + norm)) {
      disposeGradients(g)
      throw diverged(`the loss is ${loss} and the length of its gradient ${norm}`, step, lastGood)
    }

    // 4. The direction x = (F + damping)⁻¹g, F measured on a share of the batch.
    const rows = Math.max(1, Math.round(spec.fisherShare * sequences.length))
    const some = { sequences: sequences.slice(0, rows), starts: starts.slice(0, rows + 1) }
    const fisherView = { batch: some, size, temperature, options }
    const keptSome = keepPolicy(policy, fisherView)
    let startStep = 0.1
    const fisher = (vector: Gradients) => {
      const divergence = () => divergenceGradient(policy, keptSome, fisherView)
      const { product, step: found } = fisherVectorProduct(policy.trainable, vector, divergence, {
        startStep,
      })
      startStep = found
      return product
    }
    const damped = (vector: Gradients) => {
      const product = fisher(vector)
      const sum = addScaled(product, vector, spec.cgDamping)
      disposeGradients(product)
      return sum
    }
    const { x, residuals } = conjugateGradient(damped, g, {
      iterations: spec.cgIterations,
      tolerance: spec.cgTolerance,
    })
    const Fx = dot(x, x) > 0 ? fisher(x) : new Map()
    const scale = naturalStep(spec.delta, dot(x, Fx))

    // 5. The longest of the tried steps whose surrogate is better and whose KL, on the whole batch, is at most δ.
    const view = { batch, size, temperature, options }
    const kept = keepPolicy(policy, view)
    const at = snapshot(policy.trainable)
    const before = moments(advantages).mean
    const found = lineSearch(
      (fraction) => {
        at.move(x, -fraction * scale)
        const { kl, logProbs } = compareWithKept(policy, kept, view)
        const gains = logProbs.map((own, i) => Math.exp(own - old[i]!) * advantages[i]!)
        return { kl, surrogate: moments(gains).mean }
      },
      {
        before,
        delta: spec.delta,
        shrink: spec.lineSearchShrink,
        trials: scale > 0 ? spec.lineSearchTrials : 0,
      },
    )
    if (!found.accepted) at.restore()
    at.dispose()
    for (const one of [kept, keptSome]) one.dispose()
    for (const each of [g, x, Fx]) disposeGradients(each)

    // 6. The value model's regression on the returns.
    const learningRate = spec.learningRate * learningRateFactor(step - 1, total, spec)
    const fitted = fitValues(spec, critic, batch, { returns, learningRate, step, lastGood })

    // 7. Report.
    last = {
      ...batchMetrics(spec, batch, { step, beta: spec.klCoefficient, penalty, learned: { values, returns } }),
      ...fitted,
      'policy/entropy_avg': moments(entropy).mean,
      'loss/policy_avg': loss,
      'policy/grad_norm': norm,
      'trpo/kl': found.accepted?.kl ?? 0,
      'trpo/improvement': found.accepted ? found.accepted.surrogate - before : 0,
      'trpo/step': found.fraction * scale,
      'trpo/line_search': found.fraction,
      'trpo/cg_residual': residuals.at(-1)!,
      'trpo/cg_iterations': residuals.length - 1,
      lr: learningRate,
    }
    const reported = yield* report(spec, sampler, guards, batch, { step, metrics: last, lastGood })
    after = reported.after
    alarm = reported.alarm
    if (alarm) break

    // 8. Checkpoint, and stop where asked.
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

  // 9. The policy, with the value model beside it.
  const { step, summary } = await settle(spec, run, sampler, trained, { state, last, after, alarm, lastGood })
  const saving = { from: spec.policy, step, lastGood }
  const { artifacts, logs } = await saveLearners(run, { policy, value: critic.value }, saving)
  yield* logs
  yield { type: 'done', artifacts, summary }
})
