/**
 * How far the probabilities of a reward model can be believed. A logit is that of the chosen completion being the chosen one, r_c − r_r for
 * Bradley–Terry: the model's own probability for what it thinks likelier is p = σ(|logit|) ≥ ½, and it is right where the logit is positive.
 */

/** One bin of the reliability curve. */
export interface ReliabilityBin {
  /** Probabilities from `from` up to `to`. */
  from: number
  to: number
  count: number
  /** The mean probability, and the share that is right; null in an empty bin. */
  confidence: number | null
  accuracy: number | null
}

export interface Calibration {
  /** Expected calibration error: Σ count/n · |accuracy − confidence|. */
  ece: number
  /** Mean of −log p of what people chose, in nats. */
  logLoss: number
  bins: ReliabilityBin[]
  /** By which logits are to be divided for the least log loss; null where no finite one is best (every pair right, or most wrong). */
  temperature: number | null
}

/**
 * Calibration of logits in `bins` bins of equal width between ½ and 1. A logit of 0 is half right.
 * Sources: Guo et al. 2017, On calibration of modern neural networks (ECE, temperature); Naeini et al. 2015.
 */
export function calibrationOf(logits: ArrayLike<number>, { bins: count = 10 } = {}): Calibration {
  const all = Array.from(logits)
  const found = Array.from({ length: count }, () => ({ count: 0, confidence: 0, right: 0 }))
  for (const logit of all) {
    const p = sigmoid(Math.abs(logit))
    const bin = found[Math.min(count - 1, Math.floor((p - 0.5) * 2 * count))]!
    bin.count += 1
    bin.confidence += p
    bin.right += logit === 0 ? 0.5 : logit > 0 ? 1 : 0
  }
  const edge = (i: number) => 0.5 + i / (2 * count)
  return {
    ece: found.reduce((sum, { confidence, right }) => sum + Math.abs(right - confidence), 0) / all.length,
    logLoss: all.reduce((sum, logit) => sum + softplus(-logit), 0) / all.length,
    bins: found.map((bin, i) => ({
      from: edge(i),
      to: edge(i + 1),
      count: bin.count,
      confidence: bin.count > 0 ? bin.confidence / bin.count : null,
      accuracy: bin.count > 0 ? bin.right / bin.count : null,
    })),
    temperature: fitTemperature(all),
  }
}

const extreme = 1e4

/**
 * The temperature T that makes mean −log σ(logit / T) least, by bisection of its slope in 1/T, which only rises; null where it lies
 * outside 10⁻⁴ … 10⁴.
 */
export function fitTemperature(logits: readonly number[]): number | null {
  // d/ds of Σ −log σ(s·x) = −Σ x·σ(−s·x)
  const slope = (s: number) => -logits.reduce((sum, x) => sum + x * sigmoid(-s * x), 0)
  let [low, high] = [1 / extreme, extreme]
  if (!(slope(low) < 0 && slope(high) > 0)) return null
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high)
    if (slope(middle) < 0) low = middle
    else high = middle
  }
  return 1 / Math.sqrt(low * high)
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}
