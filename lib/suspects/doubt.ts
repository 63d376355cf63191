import { sigmoid } from '../selection/reward-scores.ts'

/** What a reward model holds against one strict order of an annotator. */
export interface Doubt {
  /** The completion that the annotator ranked higher, and the other. */
  better: string
  worse: string
  /** The mean over the heads of the probability that `worse` is the better one, and the least and the most of them. */
  chance: number
  low: number
  high: number
  /** The mean less the deviation over the heads: by how much the model at least contradicts the annotator. */
  confidence: number
}

/**
 * The pair of a ranking that the reward model contradicts most, or null where it contradicts none with `least` confidence.
 * Head h holds p_h = σ((s_h(worse) − s_h(better)) / scale) that the annotator has it the wrong way round; the confidence is
 * mean p_h − s, s being their unbiased deviation (0 of a single head). `heads` are normalised scores, and `scale` is what brings
 * them to calibrated log-odds: gain × temperature. Pairs with an unscored completion are passed over.
 */
export function strongestDoubt(
  groups: readonly (readonly string[])[],
  heads: ReadonlyMap<string, readonly number[]>,
  { scale, least }: { scale: number; least: number },
): Doubt | null {
  let strongest: Doubt | null = null
  groups.forEach((group, place) => {
    for (const better of group)
      for (const worse of groups.slice(place + 1).flat()) {
        const [high, low] = [heads.get(better), heads.get(worse)]
        if (!high || !low || high.length !== low.length) continue
        const doubt = { better, worse, ...against(high, low, scale) }
        if (doubt.confidence >= least && doubt.confidence > (strongest?.confidence ?? 0)) strongest = doubt
      }
  })
  return strongest
}

function against(better: readonly number[], worse: readonly number[], scale: number) {
  const chances = better.map((score, head) => sigmoid((worse[head]! - score) / scale))
  const chance = chances.reduce((sum, each) => sum + each, 0) / chances.length
  const squares = chances.reduce((sum, each) => sum + (each - chance) ** 2, 0)
  const deviation = chances.length > 1 ? Math.sqrt(squares / (chances.length - 1)) : 0
  return {
    chance,
    low: Math.min(...chances),
    high: Math.max(...chances),
    confidence: chance - deviation,
  }
}
