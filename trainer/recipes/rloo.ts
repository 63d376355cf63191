import * as tf from '@tensorflow/tfjs-core'
import type { RlooSpec } from '#trainer/config.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { disposeGradients } from '#trainer/nn/gradients.ts'
import { leaveOneOut } from '#trainer/rlhf/baselines.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { policyLoss } from '#trainer/rlhf/losses.ts'
import { sumRows } from '#trainer/rlhf/masks.ts'
import { addPolicyTokens, emptySums } from '#trainer/rlhf/metrics.ts'
import { rowSums } from '#trainer/rlhf/policy-gradients.ts'
import { tokenRewards } from '#trainer/rlhf/rewards.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { whiten } from '#trainer/rlhf/whiten.ts'
import { descend, differentiate } from './learn.ts'
import { saveLearners } from './learners.ts'
import { checkpointEvent, type Run, recovering, restore, shouldStop } from './run.ts'
import {
  adamOptions,
  batchMetrics,
  learners,
  microBatches,
  openSampler,
  policyMetrics,
  sampleBatch,
} from './sampler.ts'
import { responseLogProbs } from './sequences.ts'
import { report, settle, startWatching, unwatched, type WatchedState } from './watched.ts'

/**
 * RLOO: several samples of each prompt, each compared with the mean reward of the others; a whole response is one action, so its
 * reward includes the KL to the reference summed over it, and the ratio is that of whole responses.
 * Sources: Kool et al. 2019; Ahmadian et al. 2024, "Back to Basics"; docs/algorithms.md, Relatives of PPO.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export const rloo = recovering(async function* (
  spec: RlooSpec,
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
    const { starts, scores, kl, logProbs, referenceLogProbs } = batch

    // 3. The reward of a response: its score − β·its KL.
    const penalty = spec.klEstimator === 'k1' ? kl : klPerToken(logProbs, referenceLogProbs, spec.klEstimator)
    const rewards = sumRows(tokenRewards(penalty, scores, starts, spec.klCoefficient), starts)

    // 4. Advantages: against the mean of the other samples of the prompt.
    const raw = leaveOneOut(rewards, group)
    const advantages = spec.whitenAdvantages ? whiten(raw, { shiftMean: true }) : raw

    // 5. Learn: −A·π(y)/π_old(y), clipped as PPO's, the mean over responses. On the first pass that is REINFORCE.
    const old = Float32Array.from(sumRows(logProbs, starts))
    const factor = learningRateFactor(step - 1, total, spec)
    const sums = emptySums()
    for (let epoch = 0; epoch < spec.epochsPerBatch; epoch++) {
      const before = { responses: sums.tokens, ratio: sums.ratio }
      const losses = microBatches(batch, spec.microBatchSize).map(({ part, rows }) => () => {
        const options = { checkpointing: spec.activationCheckpointing }
        const both = tf.unstack(responseLogProbs(policy, part, spec.temperature, options))
        const lengths = part.map(({ response }) => response.length)
        const [own, entropies] = both.map((tokens) => rowSums(tokens as tf.Tensor1D, lengths)) // [B]
        const [first, end] = [rows[0]!, rows.at(-1)! + 1]
        const oldOnes = old.subarray(first, end)
        const ofToken = tf.div(entropies!, tf.tensor1d(lengths)) // [B], the mean over a response's tokens
        addPolicyTokens(sums, own!.dataSync(), oldOnes, ofToken.dataSync(), spec)
        const better = tf.tensor1d(advantages.subarray(first, end))
        return policyLoss(own!, tf.tensor1d(oldOnes), better, { ...spec, tokens: advantages.length })
      })
      const pass = differentiate(policy.trainable, losses)
      const meanRatio = (sums.ratio - before.ratio) / (sums.tokens - before.responses)
      if (spec.maxRatio > 0 && meanRatio > spec.maxRatio) {
        disposeGradients(pass.gradients)
        sums.skipped += 1
        continue
      }
      sums.policyLoss += pass.loss
      sums.gradientNorm += descend(adam, pass, {
        maxGradNorm: spec.maxGradNorm,
        learningRate: spec.learningRate * factor,
        step,
        lastGood,
      })
      sums.passes += 1
    }

    // 6. Report; ratios are those of whole responses.
    last = {
      ...batchMetrics(spec, batch, { step, beta: spec.klCoefficient, penalty }),
      ...policyMetrics(sums),
      lr: spec.learningRate * factor,
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

  // 8. The policy.
  const { step, summary } = await settle(spec, run, sampler, trained, { state, last, after, alarm, lastGood })
  const saving = { from: spec.policy, step, lastGood }
  const { artifacts, logs } = await saveLearners(run, { policy }, saving)
  yield* logs
  yield { type: 'done', artifacts, summary }
})
