import * as tf from '@tensorflow/tfjs-core'
import type { Pair } from './reward-loss.ts'

export interface DpoOptions {
  beta: number
  loss: 'sigmoid' | 'ipo'
  /** The probability that a label is the wrong way round; of the sigmoid loss alone. */
  labelSmoothing: number
}

/**
 * The loss over pairs of implicit rewards: Δ = log π − log π_ref of each response, [M], h = Δ_chosen − Δ_rejected, to a scalar.
 * sigmoid: Σ share·(−(1 − ε)·log σ(β·h − margin) − ε·log σ(−(β·h − margin))); ipo: Σ share·(h − 1/(2β))².
 * Sources: Rafailov et al. 2023, equation 7; label smoothing Mitchell 2023, "A note on DPO with noisy preferences"; margins Amini et
 * al. 2024 (ODPO), equation 6; Azar et al. 2024, equation 17 (IPO).
 */
export function dpoLoss(
  differences: tf.Tensor1D,
  pairs: readonly Pair[],
  { beta, loss, labelSmoothing }: DpoOptions,
): tf.Scalar {
  const gather = (places: number[]) => tf.gather(differences, tf.tensor1d(places, 'int32')) // [P]
  const share = tf.tensor1d(pairs.map((pair) => pair.share))
  const h = tf.sub(gather(pairs.map((pair) => pair.chosen)), gather(pairs.map((pair) => pair.rejected)))
  if (loss === 'ipo') return tf.sum(tf.mul(share, tf.square(tf.sub(h, 1 / (2 * beta)))))
  const logit = tf.sub(tf.mul(h, beta), tf.tensor1d(pairs.map((pair) => pair.margin)))
  // −log σ(x) = softplus(−x)
  const right = tf.mul(tf.softplus(tf.neg(logit)), 1 - labelSmoothing)
  const wrong = tf.mul(tf.softplus(logit), labelSmoothing)
  return tf.sum(tf.mul(share, tf.add(right, wrong)))
}
