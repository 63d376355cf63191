import * as tf from '@tensorflow/tfjs-core'
import { bestOf, type Choice, choiceLoss, choicesOf, type TiedRankings } from './plackett-luce.ts'
import type { JudgedPair, Ranking } from './rankings.ts'
import { davidsonLoss, raoKupperLoss } from './ties.ts'

/** The losses of reward models behind one interface: `rewardLoss` of scores and of what people said about them. */
export type RewardLoss = 'bradley-terry' | 'k-wise' | 'plackett-luce' | 'rao-kupper' | 'davidson'

/** A pair of completions, by their places among the scores. `share` is the pair's part of the loss. */
export interface Pair {
  chosen: number
  rejected: number
  share: number
  margin: number
  /** Neither is better. */
  tie?: boolean
}

/** What was said of the completions of a batch, by their places among its scores. */
export interface Preferences {
  pairs: readonly Pair[]
  /** Rankings as choices, where the loss is one of rankings. */
  choices: readonly Choice[]
}

export interface RewardLossOptions {
  loss: RewardLoss
  centring: number
  /** The learned number u of a loss with ties; see ties.ts. */
  ties?: tf.Tensor
}

/**
 * The loss of a batch, a scalar; scores [M]. Margins count in all but the losses of rankings, which have none; centring in all.
 * Source: docs/algorithms.md, Reward model.
 */
export function rewardLoss(
  scores: tf.Tensor1D,
  { pairs, choices }: Preferences,
  { loss, centring, ties }: RewardLossOptions,
): tf.Scalar {
  if (loss === 'bradley-terry') return bradleyTerryLoss(scores, pairs, centring)
  return tf.tidy(() => {
    if (loss === 'rao-kupper' || loss === 'davidson') {
      const { chosen, rejected, share, margin } = gatherPairs(scores, pairs)
      const tied = {
        differences: tf.sub(tf.sub(chosen, rejected), margin) as tf.Tensor1D,
        ties: tf.tensor1d(pairs.map(({ tie }) => (tie ? 1 : 0))),
        shares: share,
      }
      const value = loss === 'davidson' ? davidsonLoss(tied, ties!) : raoKupperLoss(tied, ties!)
      return centred(value, { chosen, rejected, share }, centring)
    }
    const value = choiceLoss(scores, choices)
    return centring === 0 ? value : centred(value, gatherPairs(scores, pairs), centring)
  })
}

/**
 * Bradley–Terry: Σ share·(−log σ(r_c − r_r − margin)) + centring·Σ share·(r_c + r_r)², a scalar; scores [M]. A tie is the mean of both
 * orders, without a margin.
 * Sources: InstructGPT, equation 1; margins Llama 2, equation 2; centring Eisenstein et al. 2023; docs/algorithms.md, Reward model.
 */
export function bradleyTerryLoss(scores: tf.Tensor1D, pairs: readonly Pair[], centring: number): tf.Scalar {
  const ordered = pairs.flatMap(({ tie, ...pair }) => {
    if (!tie) return [pair]
    const half = { ...pair, share: pair.share / 2, margin: 0 }
    return [half, { ...half, chosen: pair.rejected, rejected: pair.chosen }]
  })
  return tf.tidy(() => {
    const gathered = gatherPairs(scores, ordered)
    const { chosen, rejected, share, margin } = gathered
    const difference = tf.sub(tf.sub(chosen, rejected), margin)
    const preference = tf.sum(tf.mul(share, tf.softplus(tf.neg(difference)))) // −log σ(x) = softplus(−x)
    return centred(preference as tf.Scalar, gathered, centring)
  })
}

/** The scores and the numbers of pairs, [P] each. */
interface Gathered {
  chosen: tf.Tensor1D
  rejected: tf.Tensor1D
  share: tf.Tensor1D
  margin: tf.Tensor1D
}

function gatherPairs(scores: tf.Tensor1D, pairs: readonly Pair[]): Gathered {
  const at = (places: number[]) => tf.gather(scores, tf.tensor1d(places, 'int32'))
  return {
    share: tf.tensor1d(pairs.map((pair) => pair.share)),
    margin: tf.tensor1d(pairs.map((pair) => (pair.tie ? 0 : pair.margin))),
    chosen: at(pairs.map((pair) => pair.chosen)),
    rejected: at(pairs.map((pair) => pair.rejected)),
  }
}

function centred(
  loss: tf.Scalar,
  { chosen, rejected, share }: Pick<Gathered, 'chosen' | 'rejected' | 'share'>,
  centring: number,
): tf.Scalar {
  if (centring === 0) return loss
  const centre = tf.sum(tf.mul(share, tf.square(tf.add(chosen, rejected))))
  return tf.add(loss, tf.mul(centre, centring)) as tf.Scalar
}

/** A comparison's part of a batch: where its completions begin among the scores, and its weight in the loss. */
interface Part {
  offset: number
  comparisons: number
  /** How often the comparison counts, as in a bootstrap sample; 1 by default. */
  times?: number
}

/**
 * The pairs of one comparison with the share of each: weight / pairs / comparisons, so that every comparison of a batch with weights
 * of 1 counts the same however many completions it has. Source: InstructGPT, equation 1 (division by C(K, 2)).
 */
export function sharedPairs(
  pairs: readonly Pick<JudgedPair, 'chosen' | 'rejected' | 'weight' | 'margin' | 'tie'>[],
  { offset, comparisons, times = 1 }: Part,
): Pair[] {
  return pairs.map(({ chosen, rejected, weight, margin, tie }) => ({
    chosen: offset + chosen,
    rejected: offset + rejected,
    share: (weight / pairs.length / comparisons) * times,
    margin,
    tie,
  }))
}

/** The rankings of one comparison as choices that share its part of the loss alike; none for a loss of pairs. */
export function sharedChoices(
  rankings: readonly Ranking[],
  { loss, tiedRankings }: { loss: RewardLoss; tiedRankings: TiedRankings },
  { offset, comparisons, times = 1 }: Part,
): Choice[] {
  if (loss !== 'plackett-luce' && loss !== 'k-wise') return []
  return rankings.flatMap((ranking) => {
    const share = (ranking.weight / rankings.length / comparisons) * times
    return loss === 'k-wise'
      ? bestOf(ranking, { share, offset })
      : choicesOf(ranking, { share, offset, ties: tiedRankings })
  })
}
