import * as tf from '@tensorflow/tfjs-core'
import type { RaftSpec } from '#trainer/config.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { bestOfEach } from '#trainer/rlhf/baselines.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { startsOf, sumRows } from '#trainer/rlhf/masks.ts'
import { reinforceLoss } from '#trainer/rlhf/policy-gradients.ts'
import { tokenRewards } from '#trainer/rlhf/rewards.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { descend, differentiate } from './learn.ts'
import { saveLearners } from './learners.ts'
import { checkpointEvent, diverged, type Run, recovering, restore, shouldStop } from './run.ts'
import { adamOptions, batchMetrics, learners, microBatches, openSampler, sampleBatch } from './sampler.ts'
import { responseLogProbs } from './sequences.ts'
import { report, settle, startWatching, unwatched, type WatchedState } from './watched.ts'

/**
 * RAFT: of several samples of each prompt the best is kept, and the policy is fine-tuned on those. One step of it is best-of-n
 * distilled into the policy.
 * Sources: Dong et al. 2023, "RAFT"; Stiennon et al. 2020 (best-of-n); docs/algorithms.md, Relatives of PPO.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export const raft = recovering(async function* (
  spec: RaftSpec,
  run: Run,
  open,
): AsyncGenerator<TrainerEvent> {
  // 1. Models and prompts.
  const sampler = await openSampler(spec, run, open)
  const { checkpoint, total } = sampler
  const { policy } = sampler.models
  yield* sampler.logs
  let lastGood = checkpoint
  const adam = open(createAdam(policy.trainable, adamOptions(spec)))
  const group = spec.completionsPerPrompt
  const own = learners({ policy: { model: policy, adam } })
  const trained = { ...own, order: { ...own.order, ...sampler.order, completionsPerPrompt: group } }
  const state: WatchedState = { ...unwatched, ...(checkpoint && restore<WatchedState>(checkpoint, trained)) }
  const guards = yield* startWatching(spec, sampler, state, open)
  let after: Record<string, number> | null = null
  let last: Record<string, number> = {}
  let alarm: AlarmEvent | null = null

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    // 2. Some samples of each of the next prompts, side by side.
    const batch = sampleBatch(spec, sampler, { step, lastGood, group })
    const { sequences, starts, scores, kl, logProbs, referenceLogProbs } = batch

    // 3. The best of each prompt, by its score − β·its KL.
    const penalty = spec.klEstimator === 'k1' ? kl : klPerToken(logProbs, referenceLogProbs, spec.klEstimator)
    const rewards = sumRows(tokenRewards(penalty, scores, starts, spec.klCoefficient), starts)
    if (!rewards.every(Number.isFinite))
      throw diverged('the reward of a response is not finite', step, lastGood)
    const best = bestOfEach(rewards, group)
    const kept = best.map((row) => sequences[row]!)
    const keptStarts = startsOf(kept.map(({ response }) => response.length))

    // 4. Learn: the mean of −log p over the tokens of the best.
    const factor = learningRateFactor(step - 1, total, spec)
    const tokens = keptStarts[kept.length]!
    const sums = { loss: 0, norm: 0 }
    for (let epoch = 0; epoch < spec.epochsPerBatch; epoch++) {
      const parts = microBatches({ sequences: kept, starts: keptStarts }, spec.microBatchSize)
      const losses = parts.map(({ part }) => () => {
        const options = { checkpointing: spec.activationCheckpointing }
        const [own] = tf.unstack(responseLogProbs(policy, part, spec.temperature, options)) as [tf.Tensor1D]
        return reinforceLoss(own, tf.onesLike(own), { tokens })
      })
      const pass = differentiate(policy.trainable, losses)
      sums.loss += pass.loss / spec.epochsPerBatch
      const learningRate = spec.learningRate * factor
      const options = { maxGradNorm: spec.maxGradNorm, learningRate, step, lastGood }
      sums.norm += descend(adam, pass, options) / spec.epochsPerBatch
    }

    // 5. Report.
    last = {
      ...batchMetrics(spec, batch, { step, beta: spec.klCoefficient, penalty }),
      'objective/best_scores': moments(best.map((row) => scores[row]!)).mean,
      'loss/policy_avg': sums.loss,
      'policy/grad_norm': sums.norm,
      lr: spec.learningRate * factor,
    }
    const reported = yield* report(spec, sampler, guards, batch, { step, metrics: last, lastGood })
    after = reported.after
    alarm = reported.alarm
    if (alarm) break

    // 6. Checkpoint, and stop where asked.
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

  // 7. The policy.
  const { step, summary } = await settle(spec, run, sampler, trained, { state, last, after, alarm, lastGood })
  const saving = { from: spec.policy, step, lastGood }
  const { artifacts, logs } = await saveLearners(run, { policy }, saving)
  yield* logs
  yield { type: 'done', artifacts, summary }
})
