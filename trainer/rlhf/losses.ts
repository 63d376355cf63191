import * as tf from '@tensorflow/tfjs-core'

/**
 * PPO's clipped losses over packed tokens (no padding, see masks.ts). A micro-batch gives its own sum divided by the number of
 * tokens of the whole minibatch, so the sum over micro-batches is the mean over the minibatch, however it was divided
 * (docs/algorithms.md, 12).
 */

/**
 * Σ max(−A·ρ, −A·clip(ρ, 1 ± clipRange)) / tokens, with ρ = exp(clip(logp − logp_old, ± logRatioClamp)): a scalar.
 * Source: Schulman et al. 2017, equation 7; docs/algorithms.md, 10.
 */
export function policyLoss(
  logProbs: tf.Tensor1D,
  oldLogProbs: tf.Tensor1D,
  advantages: tf.Tensor1D,
  { clipRange, logRatioClamp, tokens }: { clipRange: number; logRatioClamp: number; tokens: number },
): tf.Scalar {
  const ratio = tf.exp(tf.clipByValue(tf.sub(logProbs, oldLogProbs), -logRatioClamp, logRatioClamp)) // [N]
  const against = tf.neg(advantages)
  const free = tf.mul(against, ratio)
  const clipped = tf.mul(against, tf.clipByValue(ratio, 1 - clipRange, 1 + clipRange))
  return tf.div(tf.sum(tf.maximum(free, clipped)), tokens)
}

/**
 * ½·Σ max((v − R)², (clip(v, v_old ± clipRange) − R)²) / tokens: a scalar. A clipRange of 0 turns the clip off.
 * Source: lm-human-preferences, train_policy; docs/algorithms.md, 11.
 */
export function valueLoss(
  values: tf.Tensor1D,
  oldValues: tf.Tensor1D,
  returns: tf.Tensor1D,
  { clipRange, tokens }: { clipRange: number; tokens: number },
): tf.Scalar {
  const free = tf.square(tf.sub(values, returns)) // [N]
  if (clipRange === 0) return tf.div(tf.sum(free), 2 * tokens)
  const moved = tf.clipByValue(tf.sub(values, oldValues), -clipRange, clipRange)
  const clipped = tf.square(tf.sub(tf.add(oldValues, moved), returns))
  return tf.div(tf.sum(tf.maximum(free, clipped)), 2 * tokens)
}
