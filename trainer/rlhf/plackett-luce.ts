import * as tf from '@tensorflow/tfjs-core'
import type { Ranking } from './rankings.ts'

/** One choice of a ranking: `chosen` from `among`. Its loss is share · (log Σ w·e^r − r_chosen). */
export interface Choice {
  chosen: number
  among: { place: number; weight: number }[]
  share: number
}

/** How Plackett–Luce takes tied completions; see `choicesOf`. */
export type TiedRankings = 'efron' | 'breslow'

/**
 * A ranking as the choices of Plackett–Luce, −Σ_i [r_i − log Σ_{j ≥ i} e^{r_j}], divided by how many there are, so that two completions
 * weigh what a pair of Bradley–Terry does and a longer ranking no more. The d completions of a tied group are chosen one after the
 * other in an unknown order. Breslow: all remain for each of the d choices. Efron: at the l-th of them (l from 0) each of the group
 * remains with weight 1 − l/d, which is nearer to the mean over all orders. `worse` completions are only chosen from. The last
 * choice, of one completion from itself, has no loss and is left out.
 * Sources: Plackett 1975; Luce 1959; ties Breslow 1974 and Efron 1977 (the partial likelihood of Cox' model is the same formula).
 */
export function choicesOf(
  { groups, worse }: Ranking,
  { ties, share, offset = 0 }: { ties: TiedRankings; share: number; offset?: number },
): Choice[] {
  const choices: Omit<Choice, 'share'>[] = []
  groups.forEach((group, i) => {
    const below = [...groups.slice(i + 1).flat(), ...worse]
    if (group.length + below.length < 2) return
    group.forEach((chosen, l) => {
      const left = ties === 'efron' ? 1 - l / group.length : 1
      choices.push({
        chosen: offset + chosen,
        among: [
          ...group.map((place) => ({ place: offset + place, weight: left })),
          ...below.map((place) => ({ place: offset + place, weight: 1 })),
        ],
      })
    })
  })
  return choices.map((choice) => ({ ...choice, share: share / choices.length }))
}

/**
 * Only the best of the ranking, from all that were ranked: cross-entropy of the softmax over their scores, the target shared by those
 * tied for the best. Source: Ziegler et al. 2019, equation 1 (best of four).
 */
export function bestOf(
  { groups, worse }: Ranking,
  { share, offset = 0 }: { share: number; offset?: number },
): Choice[] {
  const among = [...groups.flat(), ...worse].map((place) => ({ place: offset + place, weight: 1 }))
  const [best] = groups
  return best!.map((place) => ({ chosen: offset + place, among, share: share / best!.length }))
}

/** Σ share · (log Σ_j w_j·e^{r_j} − r_chosen) over all choices, a scalar; scores [M]. */
export function choiceLoss(scores: tf.Tensor1D, choices: readonly Choice[]): tf.Scalar {
  const widest = Math.max(...choices.map(({ among }) => among.length))
  const places = new Int32Array(choices.length * widest)
  const logWeights = new Float32Array(choices.length * widest).fill(-1e9)
  choices.forEach(({ among }, row) => {
    among.forEach(({ place, weight }, column) => {
      places[row * widest + column] = place
      logWeights[row * widest + column] = Math.log(weight)
    })
  })
  return tf.tidy(() => {
    const shape: [number, number] = [choices.length, widest]
    const among = tf.reshape(tf.gather(scores, tf.tensor1d(places, 'int32')), shape) // [C, W]
    const whole = tf.logSumExp(tf.add(among, tf.tensor2d(logWeights, shape)), 1) // [C]
    const chosen = tf.gather(
      scores,
      tf.tensor1d(
        choices.map(({ chosen }) => chosen),
        'int32',
      ),
    ) // [C]
    const shares = tf.tensor1d(choices.map(({ share }) => share))
    return tf.sum(tf.mul(shares, tf.sub(whole, chosen))) as tf.Scalar
  })
}
