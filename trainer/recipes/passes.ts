import * as tf from '@tensorflow/tfjs-core'
import type { PpoSpec } from '#trainer/config.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { scalarHead } from '#trainer/nn/heads.ts'
import { isTrainable } from '#trainer/nn/lora.ts'
import { klDivergence, tokenLogProbs } from '#trainer/nn/token-probabilities.ts'
import { headName, headOf } from '#trainer/nn/transformer.ts'
import { klLoss, penaltyLoss, policyLoss, valueLoss } from '#trainer/rlhf/losses.ts'
import { addPolicyTokens, addValueTokens, type PassSums } from '#trainer/rlhf/metrics.ts'
import {
  inParts,
  type Network,
  responseLogProbs,
  responseStates,
  responseValues,
  type Sequence,
} from './sequences.ts'

/** The losses of one optimiser step of PPO by micro-batches, for `differentiate` (learn.ts): their sums are the minibatch's means. */

/** Of one optimiser step: sequences, and packed values of their response tokens. */
export interface Minibatch {
  sequences: Sequence[]
  oldLogProbs: Float32Array
  referenceLogProbs: Float32Array
  oldValues: Float32Array
  advantages: Float32Array
  returns: Float32Array
}

export type LossSpec = Pick<
  PpoSpec,
  | 'microBatchSize'
  | 'temperature'
  | 'activationCheckpointing'
  | 'loss'
  | 'clipRange'
  | 'dualClip'
  | 'logRatioClamp'
  | 'klPlacement'
  | 'klEstimator'
  | 'entropyCoefficient'
  | 'valueModel'
  | 'valueClipRange'
  | 'valueCoefficient'
  | 'ptxCoefficient'
>

/** The micro-batches of a minibatch, each with the range of its tokens in the packed arrays. */
function* microBatches({ sequences }: Minibatch, size: number) {
  let from = 0
  for (const part of inParts(sequences, size)) {
    const start = from
    const end = start + part.reduce((sum, { response }) => sum + response.length, 0)
    yield { part, slice: (values: Float32Array) => values.subarray(start, end) }
    from = end
  }
}

/**
 * The policy loss of each micro-batch: clipped or penalised, and where they are asked for β·KL to the reference, the entropy bonus, and
 * with a shared trunk the value loss times its coefficient, all from one pass. Running one also adds to the sums.
 */
export function* policyLosses(
  spec: LossSpec,
  { policy, value }: { policy: Model; value: Model },
  minibatch: Minibatch,
  coefficients: { kl: number; penalty: number },
  sums: PassSums,
): Generator<() => tf.Scalar> {
  const tokens = minibatch.advantages.length
  const { logRatioClamp, temperature } = spec
  const { config } = policy
  const shared = spec.valueModel === 'shared'
  const { parameters } = shared ? value : policy
  for (const { part, slice } of microBatches(minibatch, spec.microBatchSize))
    yield () => {
      const states = responseStates({ config, parameters }, part, {
        checkpointing: spec.activationCheckpointing,
      })
      const both = tokenLogProbs(config, parameters, states.hidden, states.tokens, temperature) // [2, N]
      const count = both.shape[1]
      const downloaded = both.dataSync() as Float32Array
      const old = slice(minibatch.oldLogProbs)
      addPolicyTokens(sums, downloaded.subarray(0, count), old, downloaded.subarray(count), spec)
      const logProbs = tf.reshape(tf.slice(both, [0, 0], [1, count]), [count]) as tf.Tensor1D
      const advantages = tf.tensor1d(slice(minibatch.advantages))
      const terms =
        spec.loss === 'clip'
          ? [policyLoss(logProbs, tf.tensor1d(old), advantages, { ...spec, tokens })]
          : [
              penaltyLoss(logProbs, tf.tensor1d(old), advantages, {
                ...{ beta: coefficients.penalty, logRatioClamp, tokens },
              }),
            ]
      if (spec.klPlacement === 'loss') {
        const options = { estimator: spec.klEstimator, logRatioClamp, tokens }
        const loss = klLoss(logProbs, tf.tensor1d(slice(minibatch.referenceLogProbs)), options)
        terms.push(tf.mul(loss, coefficients.kl))
      }
      if (spec.entropyCoefficient > 0) {
        const apart = fromUniform({ config, parameters }, states.hidden, temperature)
        terms.push(tf.mul(tf.sum(apart), spec.entropyCoefficient / tokens))
      }
      if (shared) {
        const values = scalarHead(parameters, states.hidden) as tf.Tensor1D
        terms.push(valueTerm(spec, values, minibatch, slice, sums))
      }
      return tf.addN(terms)
    }
}

/** The value loss of each micro-batch times its coefficient; running one also adds to the sums. */
export function* valueLosses(
  spec: LossSpec,
  value: Model,
  minibatch: Minibatch,
  sums: PassSums,
): Generator<() => tf.Scalar> {
  for (const { part, slice } of microBatches(minibatch, spec.microBatchSize))
    yield () => {
      const values = responseValues(value, part, { checkpointing: spec.activationCheckpointing }) // [N]
      return valueTerm(spec, values, minibatch, slice, sums)
    }
}

/** ptxCoefficient times the mean of −log p over the tokens of the pretraining mix. Source: InstructGPT, equation 2. */
export function* ptxLosses(
  spec: LossSpec,
  policy: Model,
  mix: readonly Sequence[],
  sums: PassSums,
): Generator<() => tf.Scalar> {
  const tokens = mix.reduce((sum, { response }) => sum + response.length, 0)
  for (const part of inParts(mix, spec.microBatchSize))
    yield () => {
      const options = { checkpointing: spec.activationCheckpointing }
      const logProbs = tf.slice(responseLogProbs(policy, part, 1, options), [0, 0], [1, -1])
      const loss = tf.div(tf.sum(logProbs), -tokens)
      sums.ptxLoss += loss.dataSync()[0]!
      return tf.mul(loss, spec.ptxCoefficient) as tf.Scalar
    }
}

function valueTerm(
  spec: LossSpec,
  values: tf.Tensor1D,
  minibatch: Minibatch,
  slice: (values: Float32Array) => Float32Array,
  sums: PassSums,
): tf.Scalar {
  const old = slice(minibatch.oldValues)
  addValueTokens(sums, values.dataSync(), old, spec.valueClipRange)
  const options = { clipRange: spec.valueClipRange, tokens: minibatch.returns.length }
  const loss = valueLoss(values, tf.tensor1d(old), tf.tensor1d(slice(minibatch.returns)), options)
  sums.valueLoss += loss.dataSync()[0]!
  return tf.mul(loss, spec.valueCoefficient)
}

/**
 * KL(p ‖ uniform) = ln V − H(p) of each row, [N], in nats: its gradient is minus that of the entropy, and the engine's kernel takes
 * it without the [N, V] probabilities in memory. Hidden states of zeros give the uniform distribution.
 */
function fromUniform({ config, parameters }: Network, hidden: tf.Tensor2D, temperature: number): tf.Tensor1D {
  const head = headOf(config, parameters)
  const uniform = { hidden: tf.zerosLike(hidden), head }
  return klDivergence(hidden, head, uniform, temperature, isTrainable(config, headName(config)))
}
