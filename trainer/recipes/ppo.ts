import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { PpoSpec } from '#trainer/config.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { disposeGradients } from '#trainer/nn/gradients.ts'
import { gae } from '#trainer/rlhf/gae.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { nextKlCoefficient } from '#trainer/rlhf/kl-controller.ts'
import { policyLoss, valueLoss } from '#trainer/rlhf/losses.ts'
import { takeRows } from '#trainer/rlhf/masks.ts'
import {
  addPolicyTokens,
  addValueTokens,
  emptySums,
  passMetrics,
  rolloutMetrics,
} from '#trainer/rlhf/metrics.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { tokenRewards } from '#trainer/rlhf/rewards.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { whiten } from '#trainer/rlhf/whiten.ts'
import { evaluate, heldOutSummary } from './held-out.ts'
import { descend, differentiate } from './learn.ts'
import { nextPrompts, readQueries, respond, sampleEvents, scoreResponses } from './rollouts.ts'
import {
  checkpointEvent,
  findCheckpoint,
  finite,
  type Run,
  restore,
  saveArtifact,
  sha256OfData,
  shouldStop,
  unsupported,
} from './run.ts'
import { sameTokenizer } from './score.ts'
import {
  inParts,
  measureLogProbs,
  measureValues,
  responseLogProbs,
  responseValues,
  type Sequence,
} from './sequences.ts'

/** What a run carries from step to step beside weights and optimisers. */
interface State {
  klCoefficient: number
  /** The held-out measures of the policy before training. */
  before: Record<string, number> | null
}

/**
 * PPO on a language model, token by token, with a value model of its own. Source: Schulman et al. 2017; Ziegler et al. 2019;
 * the numbered items of docs/algorithms.md as the comments name them.
 * Throws PROMPT_EMPTY, PROMPT_TOO_LONG, TOKENIZER_MISMATCH, EMPTY_DATA, DIVERGED, DISK_FULL, and what reading models throws.
 */
export async function* ppo(spec: PpoSpec, run: Run): AsyncGenerator<TrainerEvent> {
  // 1. Four models: the policy and the value model learn, the reference and the reward model stay as they are.
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  let lastGood = checkpoint
  const reward = await loadModel(spec.reward, 'reward')
  const reference = await loadModel(spec.reference ?? spec.policy, 'policy')
  const policy = await loadModel(checkpoint ? join(checkpoint.path, 'policy') : spec.policy, 'policy')
  const valueStart = spec.valueInit === 'reward' ? spec.reward : spec.policy
  const value = checkpoint
    ? await loadModel(join(checkpoint.path, 'value'), 'value')
    : await loadModel(valueStart, 'value', { seed: spec.seed })
  for (const model of [reference, reward, value]) sameTokenizer(policy, model)
  const { tokenizer } = policy

  // 2. All prompts: one that does not fit is refused before anything is sampled.
  const maxPositions = Math.min(
    ...[policy, reference, reward, value].map((model) => model.config.maxPositions),
  )
  const fits = { tokenizer, responseLength: spec.responseLength, maxPositions }
  const prompts = await readQueries(spec.data.train, fits)
  const heldOut = spec.data.eval ? (await readQueries(spec.data.eval, fits)).slice(0, spec.evalPrompts) : []

  // 3. An optimiser for each model that learns. Everything drawn depends on the seed and the step alone.
  const adamOptions = {
    form: spec.adamForm,
    beta1: spec.adamBeta1,
    beta2: spec.adamBeta2,
    epsilon: spec.adamEpsilon,
  }
  const policyAdam = createAdam(policy.trainable, adamOptions)
  const valueAdam = createAdam(value.trainable, adamOptions)
  const total = Math.ceil(spec.episodes / spec.batchSize)
  const trained = {
    models: { policy, value },
    optimisers: { policy: policyAdam, value: valueAdam },
    order: {
      seed: spec.seed,
      batchSize: spec.batchSize,
      minibatches: spec.minibatches,
      steps: total,
      'sha256 of the data': sha256OfData([prompts, heldOut].map((part) => part.map(({ query }) => query))),
    },
  }
  const models = { policy, reference, reward }
  const state: State = checkpoint
    ? restore<State>(checkpoint, trained)
    : { klCoefficient: spec.klCoefficient, before: null }
  if (heldOut.length > 0 && !checkpoint) {
    state.before = finite(evaluate(spec, models, heldOut, lastGood, 0), 0, lastGood)
    yield { type: 'step', step: 0, total, metrics: state.before }
  }
  let after: Record<string, number> | null = null
  let last: Record<string, number> = {}

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    const started = performance.now()

    // 4. Rollout: one response to each of the next prompts, sampled from the policy (items 1 and 2).
    const batch = nextPrompts(prompts, spec, step)
    const { sequences, finished, starts } = respond(spec, policy, batch, {
      key: step,
      firstRow: 0,
      step,
      lastGood,
    })
    const sampled = performance.now()

    // 5. Score: the reward of the response up to its EOS, and what the policy, the reference and the value model made of each
    //    token before learning, all at the sampling temperature and without gradients (items 3, 4, 17 and 18).
    const size = spec.microBatchSize
    const scores = scoreResponses(spec, reward, sequences, finished)
    const { logProbs: oldLogProbs, entropy } = measureLogProbs(policy, sequences, {
      temperature: spec.temperature,
      size,
    })
    const { logProbs: referenceLogProbs } = measureLogProbs(reference, sequences, {
      temperature: spec.temperature,
      size,
    })
    const oldValues = measureValues(value, sequences, size)

    // 6. Rewards: −β·KL at every token, the score at the last (items 5, 6 and 9).
    const kl = klPerToken(oldLogProbs, referenceLogProbs, 'k1')
    const penalty =
      spec.klEstimator === 'k1' ? kl : klPerToken(oldLogProbs, referenceLogProbs, spec.klEstimator)
    const rewards = tokenRewards(penalty, scores, starts, state.klCoefficient)

    // 7. Advantages and returns (items 8 and 9).
    const shaped = spec.whitenRewards ? whiten(rewards, { shiftMean: false }) : rewards
    const { advantages: raw, returns } = gae(shaped, oldValues, starts, spec)
    const advantages = spec.whitenAdvantages === 'batch' ? whiten(raw, { shiftMean: true }) : raw
    const measured = performance.now()

    // 8. Learn: some epochs over the batch, reshuffled each time, by clipped losses (items 10 to 14 and 19).
    const factor = learningRateFactor(step - 1, total, spec)
    const sums = emptySums()
    for (let epoch = 0; epoch < spec.epochsPerBatch; epoch++) {
      const order = [...permutation(spec.seed, step * 64 + epoch, sequences.length, 'split')]
      for (const rows of inParts(order, spec.batchSize / spec.minibatches)) {
        const own = takeRows(advantages, starts, rows)
        const whitened = spec.whitenAdvantages === 'minibatch' ? whiten(own, { shiftMean: true }) : own
        const minibatch: Minibatch = {
          sequences: rows.map((row) => sequences[row]!),
          oldLogProbs: takeRows(oldLogProbs, starts, rows),
          oldValues: takeRows(oldValues, starts, rows),
          advantages: whitened,
          returns: takeRows(returns, starts, rows),
        }
        const before = { tokens: sums.tokens, ratio: sums.ratio }
        const policyPass = differentiate(policy.trainable, policyLosses(spec, policy, minibatch, sums))
        const meanRatio = (sums.ratio - before.ratio) / (sums.tokens - before.tokens)
        if (spec.maxRatio > 0 && meanRatio > spec.maxRatio) {
          disposeGradients(policyPass.gradients)
          sums.skipped += 1
          continue
        }
        const options = { maxGradNorm: spec.maxGradNorm, step, lastGood }
        sums.policyLoss += policyPass.loss
        sums.gradientNorm += descend(policyAdam, policyPass, {
          ...options,
          learningRate: spec.learningRate * factor,
        })
        const valuePass = differentiate(value.trainable, valueLosses(spec, value, minibatch, sums))
        sums.valueLoss += valuePass.loss / spec.valueCoefficient
        sums.valueGradientNorm += descend(valueAdam, valuePass, {
          ...options,
          learningRate: (spec.valueLearningRate ?? spec.learningRate) * factor,
        })
        sums.passes += 1
      }
    }
    const learned = performance.now()

    // 9. Report, and let the KL coefficient follow its target (item 7).
    const seconds = (from: number, to: number) => (to - from) / 1000
    last = {
      ...rolloutMetrics({
        kl,
        penalty,
        entropy,
        values: oldValues,
        returns,
        starts,
        scores,
        finished,
        beta: state.klCoefficient,
      }),
      ...passMetrics(sums),
      lr: spec.learningRate * factor,
      episode: step * spec.batchSize,
      'time/rollout': seconds(started, sampled),
      'time/score': seconds(sampled, measured),
      'time/train': seconds(measured, learned),
      tokens_per_second: kl.length / seconds(started, learned),
    }
    if (spec.adaptiveKl)
      state.klCoefficient = nextKlCoefficient(state.klCoefficient, {
        kl: last['objective/kl']!,
        samples: sequences.length,
        ...spec.adaptiveKl,
      })
    if (heldOut.length > 0 && step === total) after = evaluate(spec, models, heldOut, lastGood, step)
    yield { type: 'step', step, total, metrics: finite({ ...last, ...after }, step, lastGood) }
    yield* sampleEvents(spec, { step, total, tokenizer, batch, sequences, starts, scores, kl })

    // 10. Checkpoint, and stop where asked.
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

  // 11. The policy, with the value model beside it.
  const saving = { step: total, lastGood }
  const artifacts = [
    await saveArtifact(run, 'model', policy, saving),
    await saveArtifact(run, 'value', value, saving),
  ]
  yield { type: 'done', artifacts, summary: summarise(total, last, state, after) }
  policyAdam.dispose()
  valueAdam.dispose()
  for (const model of [policy, value, reward, reference]) model.dispose()
}

/** Of one optimiser step: sequences, and packed values of their response tokens. */
interface Minibatch {
  sequences: Sequence[]
  oldLogProbs: Float32Array
  oldValues: Float32Array
  advantages: Float32Array
  returns: Float32Array
}

/** The micro-batches of a minibatch, each with the range of its tokens in the packed arrays. */
function* microBatches({ sequences }: Minibatch, size: number) {
  let from = 0
  for (const part of inParts(sequences, size)) {
    const to = from + part.reduce((sum, { response }) => sum + response.length, 0)
    yield { part, slice: (values: Float32Array) => values.subarray(from, to) }
    from = to
  }
}

/** The policy loss of each micro-batch; running one also adds to the sums. */
function* policyLosses(
  spec: PpoSpec,
  policy: Model,
  minibatch: Minibatch,
  sums: ReturnType<typeof emptySums>,
) {
  const tokens = minibatch.advantages.length
  const options = { checkpointing: spec.activationCheckpointing }
  for (const { part, slice } of microBatches(minibatch, spec.microBatchSize))
    yield () => {
      const both = responseLogProbs(policy, part, spec.temperature, options) // [2, N]
      const count = both.shape[1]
      const downloaded = both.dataSync() as Float32Array
      const old = slice(minibatch.oldLogProbs)
      addPolicyTokens(sums, downloaded.subarray(0, count), old, downloaded.subarray(count), spec)
      const logProbs = tf.reshape(tf.slice(both, [0, 0], [1, count]), [count]) as tf.Tensor1D
      const advantages = tf.tensor1d(slice(minibatch.advantages))
      return policyLoss(logProbs, tf.tensor1d(old), advantages, { ...spec, tokens })
    }
}

/** The value loss of each micro-batch times its coefficient; running one also adds to the sums. */
function* valueLosses(spec: PpoSpec, value: Model, minibatch: Minibatch, sums: ReturnType<typeof emptySums>) {
  const tokens = minibatch.returns.length
  for (const { part, slice } of microBatches(minibatch, spec.microBatchSize))
    yield () => {
      const values = responseValues(value, part, { checkpointing: spec.activationCheckpointing }) // [N]
      const old = slice(minibatch.oldValues)
      addValueTokens(sums, values.dataSync(), old, spec.valueClipRange)
      const options = { clipRange: spec.valueClipRange, tokens }
      const loss = valueLoss(values, tf.tensor1d(old), tf.tensor1d(slice(minibatch.returns)), options)
      return tf.mul(loss, spec.valueCoefficient) as tf.Scalar
    }
}

function summarise(
  steps: number,
  last: Record<string, number>,
  { before, klCoefficient }: State,
  after: Record<string, number> | null,
): Record<string, number> {
  const summary: Record<string, number> = { steps, klCoefficient }
  if ('objective/scores' in last) {
    summary.trainScore = last['objective/scores']!
    summary.trainKl = last['objective/kl']!
  }
  return { ...summary, ...heldOutSummary(before, after) }
}
