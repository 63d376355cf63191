import { WhetstoneError } from '#trainer/errors.ts'
import { moments } from './whiten.ts'

/** normalised = gain·score + bias */
export interface Normalisation {
  gain: number
  bias: number
}

/**
 * The gain and the bias that give these scores mean 0 and deviation 1.
 * Source: lm-human-preferences, reward model normalisation; docs/algorithms.md, 17.
 * @throws WhetstoneError CONSTANT_REWARD when all scores are the same.
 */
export function normalisationOf(scores: ArrayLike<number>): Normalisation {
  const { mean, variance } = moments(scores)
  if (!(variance > 0))
    throw new WhetstoneError(
      'CONSTANT_REWARD',
      `the reward of all ${scores.length} completions is ${mean}`,
      'Give the reward model data whose completions differ, or set normalise to "off".',
    )
  const gain = 1 / Math.sqrt(variance)
  return { gain, bias: -mean * gain }
}

export function normalised(score: number, { gain, bias }: Normalisation): number {
  return gain * score + bias
}
