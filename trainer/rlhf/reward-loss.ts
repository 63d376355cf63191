import * as tf from '@tensorflow/tfjs-core'

/** A pair of completions, by their places among the scores. `share` is the pair's part of the loss. */
export interface Pair {
  chosen: number
  rejected: number
  share: number
  margin: number
}

/**
 * Bradley–Terry: Σ share·(−log σ(r_c − r_r − margin)) + centring·Σ share·(r_c + r_r)², a scalar; scores [M].
 * Sources: InstructGPT, equation 1; margins Llama 2, equation 2; centring Eisenstein et al. 2023; docs/algorithms.md, Reward model.
 */
export function bradleyTerryLoss(scores: tf.Tensor1D, pairs: readonly Pair[], centring: number): tf.Scalar {
  return tf.tidy(() => {
    const share = tf.tensor1d(pairs.map((pair) => pair.share))
    const margin = tf.tensor1d(pairs.map((pair) => pair.margin))
    const chosen = tf.gather(
      scores,
      tf.tensor1d(
        pairs.map((pair) => pair.chosen),
        'int32',
      ),
    ) // [P]
    const rejected = tf.gather(
      scores,
      tf.tensor1d(
        pairs.map((pair) => pair.rejected),
        'int32',
      ),
    ) // [P]
    const difference = tf.sub(tf.sub(chosen, rejected), margin)
    const preference = tf.sum(tf.mul(share, tf.softplus(tf.neg(difference)))) // −log σ(x) = softplus(−x)
    if (centring === 0) return preference as tf.Scalar
    const centre = tf.sum(tf.mul(share, tf.square(tf.add(chosen, rejected))))
    return tf.add(preference, tf.mul(centre, centring)) as tf.Scalar
  })
}

/**
 * The pairs of one comparison with the share of each: weight / pairs / comparisons, so that every comparison of a batch with weights
 * of 1 counts the same however many completions it has. A tie, which is two reversed pairs of weight ½, is one pair among them.
 * `offset` is where its completions begin among the scores. Source: InstructGPT, equation 1 (division by C(K, 2)).
 */
export function sharedPairs(
  pairs: readonly { chosen: number; rejected: number; weight: number; margin: number }[],
  { offset, comparisons }: { offset: number; comparisons: number },
): Pair[] {
  const count = pairs.length - countTies(pairs)
  return pairs.map((pair) => ({
    chosen: offset + pair.chosen,
    rejected: offset + pair.rejected,
    share: pair.weight / count / comparisons,
    margin: pair.margin,
  }))
}

function countTies(pairs: readonly { chosen: number; rejected: number; weight: number }[]): number {
  const waiting = new Map<string, number>()
  let ties = 0
  for (const { chosen, rejected, weight } of pairs) {
    if (weight !== 0.5) continue
    const reversed = waiting.get(`${rejected},${chosen}`) ?? 0
    if (reversed > 0) {
      waiting.set(`${rejected},${chosen}`, reversed - 1)
      ties += 1
    } else waiting.set(`${chosen},${rejected}`, (waiting.get(`${chosen},${rejected}`) ?? 0) + 1)
  }
  return ties
}
