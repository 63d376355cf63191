import { sumRows } from './masks.ts'
import { moments } from './whiten.ts'

/** Measures under TRL's names (docs/algorithms.md, Metrics). All are over packed tokens: padding counts nowhere. KL and entropy in nats. */

export interface RolloutMeasures {
  /** k1, whichever estimator the penalty uses. */
  kl: Float32Array
  penalty: Float32Array
  entropy: Float32Array
  values: Float32Array
  returns: Float32Array
  starts: Int32Array
  scores: Float32Array
  finished: readonly boolean[]
  beta: number
}

/** What a batch of rollouts was like, before learning from it: sums over a response, means over the batch. */
export function rolloutMetrics(rollout: RolloutMeasures): Record<string, number> {
  const { starts, scores, beta } = rollout
  const kl = moments(sumRows(rollout.kl, starts)).mean
  const score = moments(scores).mean
  const nonScoreReward = -beta * moments(sumRows(rollout.penalty, starts)).mean
  const returns = moments(rollout.returns)
  const error = moments(rollout.returns.map((value, i) => value - rollout.values[i]!))
  return {
    'objective/kl': kl,
    'objective/kl_coef': beta,
    'objective/entropy': moments(sumRows(rollout.entropy, starts)).mean,
    'objective/non_score_reward': nonScoreReward,
    'objective/scores': score,
    'objective/scores_sd': Math.sqrt(moments(scores).variance),
    'objective/rlhf_reward': score + nonScoreReward,
    'returns/mean': returns.mean,
    'returns/var': returns.variance,
    'val/vpred': moments(rollout.values).mean,
    'val/error': error.variance + error.mean ** 2,
    // 1 when the value model predicts every return, 0 when it knows nothing; a constant return cannot be explained.
    'val/var_explained': returns.variance > 0 ? 1 - error.variance / returns.variance : 0,
    'val/num_eos_tokens': rollout.finished.filter(Boolean).length,
    'response/length': starts[starts.length - 1]! / scores.length,
  }
}

/** Sums of what the passes of a step showed; `passMetrics` divides them. */
export type PassSums = ReturnType<typeof emptySums>

export function emptySums() {
  return {
    tokens: 0,
    ratio: 0,
    ratioSquared: 0,
    largestRatio: 0,
    approxKl: 0,
    clipped: 0,
    valueClipped: 0,
    entropy: 0,
    policyLoss: 0,
    valueLoss: 0,
    /** The mean of −log p of the pretraining mix. */
    ptxLoss: 0,
    gradientNorm: 0,
    valueGradientNorm: 0,
    /** Optimiser steps taken, and minibatches skipped because of their ratio. */
    passes: 0,
    skipped: 0,
  }
}

/** Adds the tokens of one micro-batch: new and old log-probabilities and the entropy of each. Ratios are clamped as in the loss. */
export function addPolicyTokens(
  sums: PassSums,
  logProbs: ArrayLike<number>,
  oldLogProbs: ArrayLike<number>,
  entropy: ArrayLike<number>,
  { clipRange, logRatioClamp }: { clipRange: number; logRatioClamp: number },
): void {
  for (let i = 0; i < logProbs.length; i++) {
    const difference = logProbs[i]! - oldLogProbs[i]!
    const ratio = Math.exp(Math.max(-logRatioClamp, Math.min(logRatioClamp, difference)))
    sums.tokens += 1
    sums.ratio += ratio
    sums.ratioSquared += ratio * ratio
    sums.largestRatio = Math.max(sums.largestRatio, ratio)
    sums.approxKl += (difference * difference) / 2
    if (Math.abs(ratio - 1) > clipRange) sums.clipped += 1
    sums.entropy += entropy[i]!
  }
}

/** Counts the values that the clip of the value loss holds back. */
export function addValueTokens(
  sums: PassSums,
  values: ArrayLike<number>,
  oldValues: ArrayLike<number>,
  clipRange: number,
): void {
  if (clipRange === 0) return
  for (let i = 0; i < values.length; i++)
    if (Math.abs(values[i]! - oldValues[i]!) > clipRange) sums.valueClipped += 1
}

/** Takes back what a minibatch that was skipped added to the losses and to the values held back: its tokens and ratios count, they say why. */
export function takeBack(sums: PassSums, before: PassSums): void {
  const { valueLoss, valueClipped, ptxLoss } = before
  Object.assign(sums, { valueLoss, valueClipped, ptxLoss })
}

/** The means over all tokens of all passes of a step. */
export function passMetrics(sums: PassSums): Record<string, number> {
  const mean = sums.ratio / sums.tokens
  const passes = Math.max(1, sums.passes)
  return {
    'policy/approxkl_avg': sums.approxKl / sums.tokens,
    'policy/clipfrac_avg': sums.clipped / sums.tokens,
    'policy/entropy_avg': sums.entropy / sums.tokens,
    'loss/policy_avg': sums.policyLoss / passes,
    'loss/value_avg': sums.valueLoss / passes,
    'val/clipfrac_avg': sums.valueClipped / sums.tokens,
    'val/ratio': mean,
    'val/ratio_var': Math.max(0, sums.ratioSquared / sums.tokens - mean * mean),
    'val/ratio_max': sums.largestRatio,
    'policy/grad_norm': sums.gradientNorm / passes,
    'loss/value_grad_norm': sums.valueGradientNorm / passes,
    'policy/skipped_minibatches': sums.skipped,
  }
}
