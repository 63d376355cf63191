import * as tf from '@tensorflow/tfjs-core'
import type { GrpoSpec } from '#trainer/config.ts'
import type { AlarmEvent, TrainerEvent } from '#trainer/events.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { disposeGradients } from '#trainer/nn/gradients.ts'
import { groupRelative, perToken } from '#trainer/rlhf/baselines.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { addPolicyTokens, emptySums } from '#trainer/rlhf/metrics.ts'
import { groupLoss, tokenWeights } from '#trainer/rlhf/policy-gradients.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
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
 * GRPO: PPO's clipped loss with advantages relative to the other samples of a prompt instead of a value model, and the KL to the
 * reference in the loss instead of the reward. Dr. GRPO is `divideByDeviation` false with `lossMean` 'constant'.
 * Sources: Shao et al. 2024, "DeepSeekMath"; Liu et al. 2025, "Understanding R1-Zero-like training"; docs/algorithms.md, Relatives of PPO.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export const grpo = recovering(async function* (
  spec: GrpoSpec,
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
    const { sequences, starts, scores, logProbs, referenceLogProbs } = batch

    // 3. Advantages: of every token that of its response, its score among those of the prompt.
    const relative = groupRelative(scores, group, { divide: spec.divideByDeviation })
    const lengths = sequences.map(({ response }) => response.length)
    const packed = {
      oldLogProbs: logProbs,
      referenceLogProbs,
      advantages: perToken(relative, starts),
      weights: tokenWeights(lengths, spec.lossMean, spec.responseLength),
    }

    // 4. Learn: the clipped loss and β·k3, the mean over responses or tokens.
    const factor = learningRateFactor(step - 1, total, spec)
    const sums = emptySums()
    const lossOptions = { ...spec, beta: spec.klCoefficient }
    for (let epoch = 0; epoch < spec.epochsPerBatch; epoch++) {
      const before = { tokens: sums.tokens, ratio: sums.ratio }
      const losses = microBatches(batch, spec.microBatchSize).map(({ part, slice }) => () => {
        const options = { checkpointing: spec.activationCheckpointing }
        const both = tf.unstack(responseLogProbs(policy, part, spec.temperature, options))
        const [own, entropies] = both as [tf.Tensor1D, tf.Tensor1D]
        addPolicyTokens(sums, own.dataSync(), slice(logProbs), entropies.dataSync(), spec)
        const of = (name: keyof typeof packed) => tf.tensor1d(slice(packed[name]))
        const tensors = {
          oldLogProbs: of('oldLogProbs'),
          referenceLogProbs: of('referenceLogProbs'),
          advantages: of('advantages'),
          weights: of('weights'),
        }
        return groupLoss(own, tensors, lossOptions)
      })
      const pass = differentiate(policy.trainable, losses)
      const meanRatio = (sums.ratio - before.ratio) / (sums.tokens - before.tokens)
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

    // 5. Report. The penalty that the loss subtracts is β·k3.
    const penalty = klPerToken(logProbs, referenceLogProbs, 'k3')
    last = {
      ...batchMetrics(spec, batch, { step, beta: spec.klCoefficient, penalty }),
      ...policyMetrics(sums),
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
