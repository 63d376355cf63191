import { WhetstoneError } from '#trainer/errors.ts'
import { uniform } from './philox.ts'

export interface SamplingKey {
  seed: number
  /** The trainer's step: the same prompt gets other completions at another step. */
  step: number
  /** The row's number in the whole work, not in the batch. */
  rows: ArrayLike<number>
  /** The place of the token in the response. */
  position: number
}

export interface SamplingFilter {
  /** Divides the logits; 0 takes the likeliest token (with log-probability 0). */
  temperature: number
  /** Keeps the k likeliest tokens (ties with the k-th stay); 0 keeps all. */
  topK?: number
  /** Keeps the likeliest tokens until their sum reaches p; 1 keeps all. */
  topP?: number
}

/**
 * One token a row from softmax(logits / temperature), filtered by top-k, then top-p and renormalised, and its
 * log-probability under that distribution. `logits` is [B, V] row-major; the result has length B.
 *
 * Exactly, so that every engine draws the same tokens from the same logits, all in float64:
 * - weights w = exp((logit − highest) / temperature), their total summed in the order of the indices;
 * - top-k (0 < k < V) zeroes all weights below the k-th largest (ties with it stay); total: the rest, in the order of the indices;
 * - top-p (p < 1) goes through the tokens by (weight descending, index ascending) and keeps them until their sum reaches
 *   p · total, at least one; total: that sum, in that order;
 * - the token is the first in the order of the indices at which the running sum of weights exceeds u · total, u the row's
 *   Philox number in (0, 1); where rounding leaves none, the likeliest. Its log-probability is log(w / total);
 * - temperature 0 takes the first of the highest logits, with log-probability 0, whatever the filters.
 *
 * Measured at B 64, V 2048 against Gumbel-max with one Philox number a token: 1.3 against 5.2 ms.
 * Throws NON_FINITE_LOGITS.
 */
export function sampleTokens(
  logits: Float32Array,
  options: SamplingKey & SamplingFilter,
): { tokens: Int32Array; logProbs: Float32Array } {
  const { seed, step, rows, position, temperature, topK = 0, topP = 1 } = options
  const batch = rows.length
  const vocabSize = logits.length / batch
  const tokens = new Int32Array(batch)
  const logProbs = new Float32Array(batch)
  const weights = new Float64Array(vocabSize)
  for (let b = 0; b < batch; b++) {
    const row = logits.subarray(b * vocabSize, (b + 1) * vocabSize)
    const best = argMax(row)
    const highest = row[best]!
    let total = 0
    for (let v = 0; v < vocabSize; v++) {
      const weight = Math.exp((row[v]! - highest) / (temperature || 1))
      weights[v] = weight
      total += weight
    }
    // An infinity or NaN anywhere in the row ends up in the sum.
    if (!Number.isFinite(total) || !Number.isFinite(highest)) {
      throw nonFiniteLogits(rows[b]!, position)
    }
    if (temperature === 0) {
      tokens[b] = best
      continue
    }
    if (topK > 0 && topK < vocabSize) total = keepTopK(weights, topK)
    if (topP < 1) total = keepTopP(weights, total, topP)

    const target = uniform(seed, 'sampling', step, rows[b]!, position) * total
    let token = best
    let sum = 0
    for (let v = 0; v < vocabSize; v++) {
      sum += weights[v]!
      if (sum > target) {
        token = v
        break
      }
    }
    tokens[b] = token
    logProbs[b] = Math.log(weights[token]! / total)
  }
  return { tokens, logProbs }
}

/** The error of a row (its number in the whole work) whose logits are not all finite. */
export function nonFiniteLogits(row: number, position: number): WhetstoneError {
  return new WhetstoneError(
    'NON_FINITE_LOGITS',
    `row ${row} has logits that are not finite at position ${position} of the response`,
    'lower the learning rate or turn on gradient clipping; the model has diverged',
  )
}

function argMax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}

/** Zeroes all weights below the k-th; returns the sum of the rest. */
function keepTopK(weights: Float64Array, k: number): number {
  const threshold = weights.toSorted()[weights.length - k]!
  let total = 0
  for (let v = 0; v < weights.length; v++) {
    if (weights[v]! < threshold) weights[v] = 0
    total += weights[v]!
  }
  return total
}

/** Keeps the smallest set of likeliest tokens whose sum reaches p·total (at least one); returns its sum. */
function keepTopP(weights: Float64Array, total: number, p: number): number {
  const order = Array.from(weights, (_, v) => v).sort((a, b) => weights[b]! - weights[a]! || a - b)
  let kept = 0
  let sum = 0
  while (kept < order.length && (kept === 0 || sum < p * total)) sum += weights[order[kept++]!]!
  for (const v of order.slice(kept)) weights[v] = 0
  return sum
}
