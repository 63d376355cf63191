import * as tf from '@tensorflow/tfjs-core'
import { logProbsAndEntropy } from '#trainer/rlhf/log-probs.ts'
import { fusedKernels } from './fused.ts'
import { isTrainable } from './lora.ts'
import { headName, headOf, type Parameters, type TransformerConfig, tokenLogits } from './transformer.ts'

/**
 * The log-probability of each token under softmax(hidden·headᵀ / temperature), and the entropy of that distribution, in nats:
 * hidden [N, width], tokens [N] int32 → [2, N]; see rlhf/log-probs.ts. Runs in the caller's tidy.
 */
export function tokenLogProbs(
  config: TransformerConfig,
  parameters: Parameters,
  hidden: tf.Tensor2D,
  tokens: tf.Tensor1D,
  temperature: number,
): tf.Tensor2D {
  const fused = fusedKernels()
  if (fused) {
    const headLearns = isTrainable(config, headName(config))
    return fused.logProbsAndEntropy(hidden, headOf(config, parameters), tokens, temperature, headLearns)
  }
  return logProbsAndEntropy(tokenLogits(config, parameters, hidden) as tf.Tensor2D, tokens, temperature)
}

/**
 * KL(p ‖ q) = Σ p·(log p − log q) over the whole vocabulary for each row, [N], in nats: p = softmax(hidden·headᵀ / temperature),
 * hidden [N, width], head [V, width], q likewise from `reference`, which gets no gradient. Where `headLearns` is false the engine need
 * compute none for the head. Runs in the caller's tidy.
 */
export function klDivergence(
  hidden: tf.Tensor2D,
  head: tf.Tensor2D,
  reference: { hidden: tf.Tensor2D; head: tf.Tensor2D },
  temperature: number,
  headLearns = true,
): tf.Tensor1D {
  const fused = fusedKernels()
  if (fused) return fused.klDivergence(hidden, head, reference, temperature, headLearns)
  const logProbs = (logits: tf.Tensor) => {
    const scaled = tf.div(logits, temperature)
    return tf.sub(scaled, tf.logSumExp(scaled, 1, true)) // [N, V]
  }
  const custom = tf.customGrad((...args: unknown[]) => {
    const [logits, save] = args as [tf.Tensor2D, (tensors: tf.Tensor[]) => void]
    const p = logProbs(logits)
    const q = logProbs(tf.matMul(reference.hidden, reference.head, false, true))
    const probabilities = tf.exp(p)
    const apart = tf.sub(p, q) // [N, V]
    const value = tf.sum(tf.mul(probabilities, apart), 1) // [N]
    save([probabilities, apart, value])
    return {
      value,
      // p·(log p − log q − KL) / temperature
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const upstream = tf.expandDims(tf.div(dy, temperature), 1) // [N, 1]
        return tf.mul(tf.mul(saved[0]!, tf.sub(saved[1]!, tf.expandDims(saved[2]!, 1))), upstream)
      },
    }
  })
  return custom(tf.matMul(hidden, head, false, true)) as tf.Tensor1D
}
