import { repeatedShare } from './repetition.ts'

/** How a response that never reached EOS is scored: by −penalty, by its score − penalty, or by its score. */
export interface ScoreRules {
  missingEosRule: 'replace' | 'subtract' | 'keep'
  missingEosPenalty: number
  /** ± this; 0 turns it off. */
  rewardClip: number
  lengthPenalty?: LengthPenalty
  repetitionPenalty?: { n: number; coefficient: number }
}

interface LengthPenalty {
  form: 'linear' | 'log'
  /** In tokens. */
  target: number
  coefficient: number
}

/**
 * The scores the update sees: the EOS rule first, then what length and repetition take, then the clip.
 * Source: docs/algorithms.md, 4, 18 and Reward shaping.
 */
export function shapeScores(
  scores: ArrayLike<number>,
  responses: readonly (readonly number[])[],
  finished: readonly boolean[],
  rules: ScoreRules,
): Float32Array {
  return Float32Array.from(scores, (raw, row) => {
    let score = raw
    if (!finished[row] && rules.missingEosRule === 'replace') score = -rules.missingEosPenalty
    if (!finished[row] && rules.missingEosRule === 'subtract') score -= rules.missingEosPenalty
    const response = responses[row]!
    const { repetitionPenalty } = rules
    if (rules.lengthPenalty) score -= lengthPenalty(response.length, rules.lengthPenalty)
    if (repetitionPenalty)
      score -= repetitionPenalty.coefficient * repeatedShare(response, repetitionPenalty.n)
    return rules.rewardClip > 0 ? Math.max(-rules.rewardClip, Math.min(rules.rewardClip, score)) : score
  })
}

/** coefficient·(L − target) or coefficient·ln(L / target) for a length L beyond the target, else 0. */
export function lengthPenalty(length: number, { form, target, coefficient }: LengthPenalty): number {
  if (length <= target) return 0
  return coefficient * (form === 'linear' ? length - target : Math.log(length / target))
}

/**
 * r_t = −β·kl_t + 1[t is the last token]·score, packed like `kl` (see masks.ts).
 * Source: Ziegler et al. 2019, equation 2; docs/algorithms.md, 5 and 6.
 */
export function tokenRewards(kl: Float32Array, scores: ArrayLike<number>, starts: Int32Array, beta: number) {
  const rewards = kl.map((value) => -beta * value)
  for (let row = 0; row + 1 < starts.length; row++)
    if (starts[row + 1]! > starts[row]!) rewards[starts[row + 1]! - 1]! += scores[row]!
  return rewards
}
