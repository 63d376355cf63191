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
 * sigmoid: Σ share·(−(1 − ε)·log σ(β·h − margin) − ε·log σ(−(β·h − margin))); ipo: Σ share·(h − 1/(2β))². A tie is half a pair each
 * way, which for sigmoid is an ε of ½, without a margin.
 * Sources: Rafailov et al. 2023, equation 7; label smoothing Mitchell 2023, "A note on DPO with noisy preferences"; margins Amini et
 * al. 2024 (ODPO), equation 6; Azar et al. 2024, equation 17 (IPO).
 */
export function dpoLoss(
  differences: tf.Tensor1D,
  pairs: readonly Pair[],
  { beta, loss, labelSmoothing }: DpoOptions,
): tf.Scalar {
  const gather = (places: number[]) => tf.gather(differences, tf.tensor1d(places, 'int32')) // [P]
  const each = (value: (pair: Pair) => number) => tf.tensor1d(pairs.map(value)) // [P]
  const chosen = gather(pairs.map((pair) => pair.chosen))
  const h = tf.sub(chosen, gather(pairs.map((pair) => pair.rejected)))
  const reversed = (pair: Pair) => (pair.tie ? 0.5 : loss === 'ipo' ? 0 : labelSmoothing)
  const target = 1 / (2 * beta)
  const logit = tf.sub(
    tf.mul(h, beta),
    each((pair) => (pair.tie ? 0 : pair.margin)),
  )
  // −log σ(x) = softplus(−x)
  const right = loss === 'ipo' ? tf.square(tf.sub(h, target)) : tf.softplus(tf.neg(logit))
  const wrong = loss === 'ipo' ? tf.square(tf.add(h, target)) : tf.softplus(logit)
  const rightly = each((pair) => pair.share * (1 - reversed(pair)))
  return tf.sum(
    tf.add(
      tf.mul(rightly, right),
      tf.mul(
        each((pair) => pair.share * reversed(pair)),
        wrong,
      ),
    ),
  )
}
