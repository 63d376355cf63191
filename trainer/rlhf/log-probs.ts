import * as tf from '@tensorflow/tfjs-core'

/**
 * The log-probability of each token under softmax(logits / temperature), and the entropy of that distribution, in nats:
 * logits [N, V], tokens [N] int32 → [2, N], row 0 log-probabilities, row 1 entropies. Only the log-probabilities have a
 * gradient, (onehot − p) / temperature; the entropy is a measure. Source: docs/algorithms.md, 2 and 3.
 */
export function logProbsAndEntropy(
  logits: tf.Tensor2D,
  tokens: tf.Tensor1D,
  temperature: number,
): tf.Tensor2D {
  const [rows, vocabulary] = logits.shape
  const custom = tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [tf.Tensor2D, (tensors: tf.Tensor[]) => void]
    const scaled = temperature === 1 ? input : tf.div<tf.Tensor2D>(input, temperature)
    const logs = tf.sub<tf.Tensor2D>(scaled, tf.logSumExp(scaled, 1, true)) // [N, V]
    const probabilities = tf.exp(logs) // [N, V]
    const chosen = tf.oneHot(tokens, vocabulary, 1, 0, 'float32') as tf.Tensor2D // [N, V]
    save([probabilities, chosen])
    const value = tf.stack([tf.sum(tf.mul(logs, chosen), 1), tf.neg(tf.sum(tf.mul(probabilities, logs), 1))])
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p, hot] = saved as [tf.Tensor2D, tf.Tensor2D]
        const upstream = tf.reshape(tf.slice(dy, [0, 0], [1, rows]), [rows, 1]) // [N, 1]
        return tf.mul(tf.sub(hot, p), tf.div(upstream, temperature))
      },
    }
  })
  return custom(logits) as tf.Tensor2D
}
