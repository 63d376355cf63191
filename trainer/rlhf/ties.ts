import * as tf from '@tensorflow/tfjs-core'

/**
 * Two models of a judgement that may be a tie, for Δ = r_i − r_j. Each has one number that says how readily people call a tie:
 * Rao–Kupper's θ > 1 and Davidson's ν > 0. Both are learned as a real number u: θ = 1 + e^u, ν = e^u.
 */
export type TieModel = 'rao-kupper' | 'davidson'

/** A judged pair, `shares` and `margins` as in reward-loss.ts. */
export interface TiedPairs {
  /** r_chosen − r_rejected − margin, [P] */
  differences: tf.Tensor1D
  /** [P]: 1 for a tie, 0 for a pair with a winner. */
  ties: tf.Tensor1D
  /** [P] */
  shares: tf.Tensor1D
}

/**
 * Σ share·(−log P): P(win) = σ(Δ − η), P(tie) = (θ² − 1)·σ(Δ − η)·σ(−Δ − η), η = ln θ. u is a scalar of any shape.
 * Source: Rao & Kupper 1967, Ties in paired-comparison experiments: a generalization of the Bradley–Terry model.
 */
export function raoKupperLoss({ differences, ties, shares }: TiedPairs, u: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const learned = tf.reshape(u, [1])
    const eta = tf.softplus(learned) // ln θ
    const wins = tf.softplus(tf.sub(eta, differences)) // −log σ(Δ − η), [P]
    const loses = tf.softplus(tf.add(eta, differences)) // −log σ(−Δ − η), [P]
    const wide = tf.add(learned, tf.log(tf.add(tf.exp(learned), 2))) // log(θ² − 1) = log (θ − 1)(θ + 1)
    return tf.sum(tf.mul(shares, tf.add(wins, tf.mul(ties, tf.sub(loses, wide))))) as tf.Scalar
  })
}

/**
 * Σ share·(−log P): P(win) = e^{Δ/2}/Z, P(tie) = ν/Z, Z = e^{Δ/2} + e^{−Δ/2} + ν.
 * Source: Davidson 1970, On extending the Bradley–Terry model to accommodate ties in paired comparison experiments.
 */
export function davidsonLoss({ differences, ties, shares }: TiedPairs, u: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const half = tf.div(differences, 2)
    const tie = tf.add(tf.zerosLike(half), tf.reshape(u, [1])) // ln ν, [P]
    const z = tf.logSumExp(tf.stack([half, tf.neg(half), tie]), 0) // [P]
    const said = tf.add(tf.mul(ties, tie), tf.mul(tf.sub(1, ties), half))
    return tf.sum(tf.mul(shares, tf.sub(z, said))) as tf.Scalar
  })
}

/** θ or ν of the number that is learned. */
export function tieParameterOf(model: TieModel, u: number): number {
  return model === 'davidson' ? Math.exp(u) : 1 + Math.exp(u)
}

/** The number that is learned of θ > 1 or ν > 0: the inverse of `tieParameterOf`. */
export function learnedOf(model: TieModel, parameter: number): number {
  return Math.log(model === 'davidson' ? parameter : parameter - 1)
}

/** The probabilities that the first wins and that it is a tie, for a difference and θ or ν. */
export function outcomes(
  model: TieModel,
  difference: number,
  parameter: number,
): { win: number; tie: number } {
  if (model === 'davidson') {
    const [up, down] = [Math.exp(difference / 2), Math.exp(-difference / 2)]
    return {
      win: 1 / (1 + Math.exp(-difference) + parameter * down),
      tie: parameter / (up + down + parameter),
    }
  }
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
  const eta = Math.log(parameter)
  const win = sigmoid(difference - eta)
  return { win, tie: (parameter * parameter - 1) * win * sigmoid(-difference - eta) }
}
