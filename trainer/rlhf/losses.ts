import * as tf from '@tensorflow/tfjs-core'
import type { KlEstimator } from './kl.ts'

/**
 * PPO's clipped losses over packed tokens (no padding, see masks.ts). A micro-batch gives its own sum divided by the number of
 * tokens of the whole minibatch, so the sum over micro-batches is the mean over the minibatch, however it was divided
 * (docs/algorithms.md, 12).
 */

/**
 * Σ max(−A·ρ, −A·clip(ρ, 1 ± clipRange)) / tokens, with ρ = exp(clip(logp − logp_old, ± logRatioClamp)): a scalar. With a dualClip
 * c > 1 a token with A < 0 loses at most −A·c; 0 turns it off.
 * Source: Schulman et al. 2017, equation 7; Ye et al. 2020, equation 5 (dual clip); docs/algorithms.md, 10.
 */
export function policyLoss(
  logProbs: tf.Tensor1D,
  oldLogProbs: tf.Tensor1D,
  advantages: tf.Tensor1D,
  {
    clipRange,
    logRatioClamp,
    tokens,
    dualClip = 0,
  }: { clipRange: number; logRatioClamp: number; tokens: number; dualClip?: number },
): tf.Scalar {
  const ratio = tf.exp(logRatio(logProbs, oldLogProbs, logRatioClamp)) // [N]
  const against = tf.neg(advantages)
  const free = tf.mul(against, ratio)
  const clipped = tf.mul(against, tf.clipByValue(ratio, 1 - clipRange, 1 + clipRange))
  const worse = tf.maximum(free, clipped)
  if (dualClip === 0) return tf.div(tf.sum(worse), tokens)
  const bounded = tf.minimum(worse, tf.mul(against, dualClip))
  return tf.div(tf.sum(tf.where(tf.less(advantages, 0), bounded, worse)), tokens)
}

/**
 * Σ (−A·ρ + β·k̂) / tokens, ρ as above: a scalar. k̂ = ρ − 1 − log ρ estimates KL(π_old ‖ π) from tokens that π_old drew: unbiased as
 * E[ρ] = 1, never negative, and with the gradient of the exact KL on the average, for which π_old's whole distributions would have
 * to be kept.
 * Source: Schulman et al. 2017, equation 8; Schulman 2020, "Approximating KL divergence" (k3); docs/algorithms.md, 10.
 */
export function penaltyLoss(
  logProbs: tf.Tensor1D,
  oldLogProbs: tf.Tensor1D,
  advantages: tf.Tensor1D,
  { beta, logRatioClamp, tokens }: { beta: number; logRatioClamp: number; tokens: number },
): tf.Scalar {
  const logs = logRatio(logProbs, oldLogProbs, logRatioClamp) // [N]
  const ratio = tf.exp(logs)
  const apart = tf.sub(tf.sub(ratio, 1), logs)
  return tf.div(tf.sum(tf.sub(tf.mul(apart, beta), tf.mul(advantages, ratio))), tokens)
}

/** logp − logp_old, cut to ± clamp, [N]. */
function logRatio(logProbs: tf.Tensor1D, oldLogProbs: tf.Tensor1D, clamp: number): tf.Tensor1D {
  return tf.clipByValue(tf.sub(logProbs, oldLogProbs), -clamp, clamp)
}

/**
 * Σ k_t / tokens against the reference, with a gradient: k1 = d, k2 = d²/2, k3 = e^(−d) − 1 + d, d = logp − ref cut to ± logRatioClamp:
 * a scalar. Of fresh samples k2 has the gradient of KL(π ‖ ref), k3 that of KL(ref ‖ π), and k1 none but noise.
 * Source: Shao et al. 2024, DeepSeekMath, equation 4 (k3); Schulman 2020; docs/algorithms.md, 6.
 */
export function klLoss(
  logProbs: tf.Tensor1D,
  referenceLogProbs: tf.Tensor1D,
  { estimator, logRatioClamp, tokens }: { estimator: KlEstimator; logRatioClamp: number; tokens: number },
): tf.Scalar {
  const d = logRatio(logProbs, referenceLogProbs, logRatioClamp) // [N]
  if (estimator === 'k1') return tf.div(tf.sum(d), tokens)
  if (estimator === 'k2') return tf.div(tf.sum(tf.square(d)), 2 * tokens)
  return tf.div(tf.sum(tf.add(tf.expm1(tf.neg(d)), d)), tokens)
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
