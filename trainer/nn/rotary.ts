/** How the rotary wavelengths are stretched for longer contexts, as Hugging Face's rope_scaling says it. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | {
      type: 'llama3'
      factor: number
      lowFrequencyFactor: number
      highFrequencyFactor: number
      originalMaxPositions: number
    }
  | {
      type: 'yarn'
      factor: number
      originalMaxPositions: number
      betaFast: number
      betaSlow: number
      /** What cosines and sines are multiplied by; without it, 0.1·ln(factor) + 1. */
      attentionFactor?: number
    }

/** Of rotary positions: the angle per position of each pair of places in a head, and what cosines and sines are multiplied by. */
export interface Rotary {
  /** [headDim / 2], radians per position. */
  frequencies: Float32Array
  factor: number
}

/** Of nn/llama.ts' LlamaConfig. */
interface RotaryConfig {
  headDim: number
  ropeTheta: number
  ropeScaling?: RopeScaling
}

/**
 * theta^(−2i / headDim) for the pairs i, stretched as `ropeScaling` says. Source: Su et al. 2021; linear: Chen et al. 2023
 * (2306.15595); llama3: Meta's Llama 3.1; yarn: Peng et al. 2023 (2309.00071); each as transformers' modeling_rope_utils.
 */
export function rotary({ headDim, ropeTheta, ropeScaling }: RotaryConfig): Rotary {
  const half = headDim / 2
  const plain = Array.from({ length: half }, (_, i) => ropeTheta ** (-i / half))
  const of = (frequency: (plain: number, i: number) => number, factor = 1): Rotary => ({
    frequencies: Float32Array.from(plain, frequency),
    factor,
  })
  if (ropeScaling === undefined) return of((w) => w)
  const { factor } = ropeScaling
  if (ropeScaling.type === 'linear') return of((w) => w / factor)
  const { originalMaxPositions } = ropeScaling
  /** Turns within the original context. */
  const turns = (w: number) => (originalMaxPositions * w) / (2 * Math.PI)
  if (ropeScaling.type === 'llama3') {
    const { lowFrequencyFactor: low, highFrequencyFactor: high } = ropeScaling
    return of((w) => {
      const kept = clamp((turns(w) - low) / (high - low))
      return (w / factor) * (1 - kept) + w * kept
    })
  }
  // The pair that makes so many turns within the original context.
  const pairOf = (turns: number) =>
    (half * Math.log(originalMaxPositions / (2 * Math.PI * turns))) / Math.log(ropeTheta)
  const first = Math.max(Math.floor(pairOf(ropeScaling.betaFast)), 0)
  const last = Math.min(Math.ceil(pairOf(ropeScaling.betaSlow)), headDim - 1)
  const attention = ropeScaling.attentionFactor ?? (factor > 1 ? 0.1 * Math.log(factor) + 1 : 1)
  return of((w, i) => {
    const kept = 1 - clamp((i - first) / (first === last ? 0.001 : last - first))
    return (w / factor) * (1 - kept) + w * kept
  }, attention)
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1)
}
