import * as tf from '@tensorflow/tfjs-core'
import { isTrainable } from '#trainer/nn/lora.ts'
import { klDivergence, tokenLogProbs } from '#trainer/nn/token-probabilities.ts'
import { headName, headOf, type Parameters } from '#trainer/nn/transformer.ts'
import { differentiate } from './learn.ts'
import { type Batch, microBatches } from './sampler.ts'
import { type Network, type PassOptions, responseStates } from './sequences.ts'

/** The distributions of a policy at every response token, kept while its parameters move. */
export interface KeptPolicy {
  /** Hidden states at the response tokens of each micro-batch, [N, width]. */
  hidden: tf.Tensor2D[]
  /** [vocabSize, width]. */
  head: tf.Tensor2D
  dispose(): void
}

/** What `keepPolicy` and those below look at: sequences in micro-batches, at a temperature. */
export interface View {
  batch: Pick<Batch, 'sequences' | 'starts'>
  size: number
  temperature: number
  options: PassOptions
}

export function keepPolicy(model: Network, { batch, size }: View): KeptPolicy {
  const hidden = microBatches(batch, size).map(({ part }) =>
    tf.tidy(() => responseStates(model, part, {}).hidden),
  )
  const head = headOf(model.config, model.parameters).clone()
  return { hidden, head, dispose: () => tf.dispose([...hidden, head]) }
}

/** The mean KL(π ‖ π_kept) of a token over the whole vocabulary, in nats, and its gradient. */
export function divergenceGradient(
  model: Network & { trainable: Parameters },
  kept: KeptPolicy,
  { batch, size, temperature, options }: View,
) {
  const tokens = batch.starts.at(-1)!
  return differentiate(
    model.trainable,
    microBatches(batch, size).map(({ part }, index) => () => {
      const { hidden } = responseStates(model, part, options)
      const old = { hidden: kept.hidden[index]!, head: kept.head }
      const head = headOf(model.config, model.parameters)
      const headLearns = isTrainable(model.config, headName(model.config))
      const kl = klDivergence(hidden, head, old, temperature, headLearns) // [N]
      return tf.div(tf.sum(kl), tokens) as tf.Scalar
    }),
  )
}

/** The mean KL(π_kept ‖ π) of a token over the whole vocabulary, in nats, and the log-probabilities under π, packed. */
export function compareWithKept(
  model: Network,
  kept: KeptPolicy,
  { batch, size, temperature }: View,
): { kl: number; logProbs: Float32Array } {
  const tokens = batch.starts.at(-1)!
  const logProbs = new Float32Array(tokens)
  let sum = 0
  for (const [index, { part, slice }] of microBatches(batch, size).entries()) {
    const [own, divergence] = tf.tidy(() => {
      const { hidden, tokens: targets } = responseStates(model, part, {})
      const head = headOf(model.config, model.parameters)
      const both = tokenLogProbs(model.config, model.parameters, hidden, targets, temperature)
      const kl = klDivergence(kept.hidden[index]!, kept.head, { hidden, head }, temperature, false)
      return [both, kl]
    })
    const measured = own.dataSync() as Float32Array
    slice(logProbs).set(measured.subarray(0, measured.length / 2))
    for (const each of divergence.dataSync()) sum += each
    tf.dispose([own, divergence])
  }
  return { kl: sum / tokens, logProbs }
}
