/** How much the label of a pair is worth: by how far the heads are apart, or by what it says of which head is right. */
export type PairCriterion = 'disagreement' | 'information'

/**
 * What a label of this pair is worth by an ensemble of heads, each of which holds that A is better with p_h = σ(a_h − b_h).
 * `a` and `b` are the scores of the two completions by each head, in log-odds: a normalised score divided by its gain.
 *
 * disagreement: the standard deviation of p_h over the heads, 0 … 0.5 (divided by their number).
 * information: H(mean p_h) − mean H(p_h), the mutual information of label and head in bits, 0 … 1. One head has no disagreement
 * that could be measured: then it is the entropy of p, which also seeks out pairs that are merely a matter of taste.
 *
 * Throws RangeError for scores of different numbers of heads or that are not finite, and for the disagreement of one head.
 * Sources: Houlsby et al. 2011, Bayesian active learning for classification and preference learning (BALD); the deviation as
 * uncertainty: Lakshminarayanan et al. 2017.
 */
export function pairValue(a: ArrayLike<number>, b: ArrayLike<number>, by: PairCriterion): number {
  const heads = a.length
  if (heads === 0 || b.length !== heads)
    throw new RangeError(`pairValue: ${heads} and ${b.length} scores, one of each head is needed`)
  if (heads === 1 && by === 'disagreement')
    throw new RangeError('pairValue: one head cannot disagree, at least 2 are needed')
  let sum = 0
  let squares = 0
  let entropies = 0
  for (let head = 0; head < heads; head++) {
    const logit = a[head]! - b[head]!
    if (!Number.isFinite(logit))
      throw new RangeError(`pairValue: head ${head} scores ${a[head]} and ${b[head]}`)
    const p = 1 / (1 + Math.exp(-logit))
    sum += p
    squares += (p - 0.5) ** 2
    entropies += entropy(p)
  }
  const mean = sum / heads
  if (by === 'disagreement') return Math.sqrt(Math.max(0, squares / heads - (mean - 0.5) ** 2))
  return heads === 1 ? entropies : Math.max(0, entropy(mean) - entropies / heads)
}

/** The entropy of a yes of probability p, in bits. */
function entropy(p: number): number {
  if (p <= 0 || p >= 1) return 0
  return -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p))
}
