import * as tf from '@tensorflow/tfjs-core'

/**
 * Losses of PPO's relatives over packed tokens (see masks.ts). As in losses.ts a micro-batch gives its own sum divided by what the
 * whole minibatch has, so the sum over micro-batches is the minibatch's.
 */

/**
 * −Σ A·log π / tokens: a scalar whose gradient is the negative policy gradient.
 * Source: Williams 1992, theorem 1; Sutton et al. 2000.
 */
export function reinforceLoss(
  logProbs: tf.Tensor1D,
  advantages: tf.Tensor1D,
  { tokens }: { tokens: number },
): tf.Scalar {
  return tf.div(tf.sum(tf.mul(logProbs, advantages)), -tokens)
}

/** Σ over each row's tokens: packed [N] and the rows' lengths to [B], log-probabilities of whole responses. */
export function rowSums(values: tf.Tensor1D, lengths: readonly number[]): tf.Tensor1D {
  const belongs = new Float32Array(lengths.length * values.size) // [B, N]
  let from = 0
  for (const [row, length] of lengths.entries()) {
    belongs.fill(1, row * values.size + from, row * values.size + from + length)
    from += length
  }
  const column = tf.reshape(values, [values.size, 1]) as tf.Tensor2D
  const sums = tf.matMul(tf.tensor2d(belongs, [lengths.length, values.size]), column) // [B, 1]
  return tf.reshape(sums, [lengths.length]) as tf.Tensor1D
}

/**
 * Σ w·(max(−A·ρ, −A·clip(ρ, 1 ± ε)) + β·k3), k3 = e^d − d − 1 with d = log π_ref − log π: a scalar. `weights` are `tokenWeights`.
 * Source: Shao et al. 2024, equations 3 and 4 (GRPO).
 */
export function groupLoss(
  logProbs: tf.Tensor1D,
  {
    oldLogProbs,
    referenceLogProbs,
    advantages,
    weights,
  }: Record<'oldLogProbs' | 'referenceLogProbs' | 'advantages' | 'weights', tf.Tensor1D>,
  { clipRange, logRatioClamp, beta }: { clipRange: number; logRatioClamp: number; beta: number },
): tf.Scalar {
  const clamp = (x: tf.Tensor) => tf.clipByValue(x, -logRatioClamp, logRatioClamp)
  const ratio = tf.exp(clamp(tf.sub(logProbs, oldLogProbs))) // [N]
  const against = tf.neg(advantages)
  const clipped = tf.mul(against, tf.clipByValue(ratio, 1 - clipRange, 1 + clipRange))
  const loss = tf.maximum(tf.mul(against, ratio), clipped)
  if (beta === 0) return tf.sum(tf.mul(weights, loss))
  const apart = clamp(tf.sub(referenceLogProbs, logProbs))
  const k3 = tf.sub(tf.sub(tf.exp(apart), apart), 1)
  return tf.sum(tf.mul(weights, tf.add(loss, tf.mul(k3, beta))))
}

/** What a token counts in the loss: see `tokenWeights`. */
export type LossMean = 'response' | 'token' | 'constant'

/**
 * The weight of each token, packed, for responses of those lengths: 1/(rows·own length), as GRPO, in which a long response weighs no
 * more than a short one; 1/tokens, as DAPO; or 1/(rows·responseLength), as Dr. GRPO, which favours no length.
 * Sources: Shao et al. 2024, equation 3; Yu et al. 2025, equation 8; Liu et al. 2025, section 3.2.
 */
export function tokenWeights(
  lengths: readonly number[],
  mean: LossMean,
  responseLength: number,
): Float32Array {
  const tokens = lengths.reduce((sum, length) => sum + length, 0)
  return Float32Array.from(
    lengths.flatMap((length) => {
      const divisor = {
        response: lengths.length * length,
        token: tokens,
        constant: lengths.length * responseLength,
      }
      return Array<number>(length).fill(1 / divisor[mean])
    }),
  )
}
