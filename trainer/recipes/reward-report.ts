import type { RewardSpec } from '#trainer/config.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { type Accuracy, accuracyBySlice, heldOutAccuracy } from '#trainer/rlhf/accuracy.ts'
import { type Calibration, calibrationOf } from '#trainer/rlhf/calibration.ts'
import type { JudgedPair } from '#trainer/rlhf/rankings.ts'
import { outcomes, type TieModel } from '#trainer/rlhf/ties.ts'
import { deviationOfHeads } from '#trainer/rlhf/uncertainty.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import type { Judged } from './comparisons.ts'
import { measureHeads } from './sequences.ts'

/** How well a reward model knows what people say of comparisons it has not learned from. */

/** Held-out comparisons with what each head says of their completions. */
export interface Measured {
  pairs: JudgedPair[]
  /** The mean over the heads, of each completion. */
  scores: Float32Array
  /** Of each completion all heads, row after row. */
  heads: Float32Array
  headCount: number
  /** Of each completion, in tokens. */
  lengths: number[]
}

export function measure(model: Model, heldOut: readonly Judged[]): Measured[] {
  const { scores, heads, headCount } = measureHeads(
    model,
    heldOut.flatMap(({ sequences }) => sequences),
    64,
  )
  let next = 0
  return heldOut.map(({ sequences, pairs }) => {
    const from = next
    next += sequences.length
    return {
      pairs,
      scores: scores.subarray(from, next),
      heads: heads.subarray(from * headCount, next * headCount),
      headCount,
      lengths: sequences.map(({ response }) => response.length),
    }
  })
}

/** A loss with ties and its θ or ν, null for the others. */
export type Tied = { model: TieModel; parameter: number } | null

/** The part that is measured while training. */
export interface Agreement {
  accuracy: Accuracy
  calibration: Calibration
}

/** Accuracy and calibration over the pairs with a winner; null without one. */
export function agreementOf(measured: readonly Measured[], tied: Tied, seed: number): Agreement | null {
  const decided = withWinner(measured)
  if (decided.length === 0) return null
  return {
    accuracy: heldOutAccuracy(decided, seed),
    calibration: calibrationOf(
      decided.flatMap(({ scores, pairs }) =>
        pairs.map(({ chosen, rejected }) => logitOf(scores[chosen]! - scores[rejected]!, tied)),
      ),
    ),
  }
}

/** Everything that report.json says of the held-out comparisons; null without a pair that has a winner. */
export function heldOutReport(measured: readonly Measured[], tied: Tied, { seed }: Pick<RewardSpec, 'seed'>) {
  const agreement = agreementOf(measured, tied, seed)
  if (!agreement) return null
  const decided = withWinner(measured)
  const difference = (pair: JudgedPair, i: number) =>
    decided[i]!.lengths[pair.chosen]! - decided[i]!.lengths[pair.rejected]!
  const sizes = decided
    .flatMap(({ pairs }, i) => pairs.map((pair) => Math.abs(difference(pair, i))))
    .sort((a, b) => a - b)
  const terciles = [1, 2].map((third) => sizes[Math.floor((third * sizes.length) / 3)]!)
  const slice = (sliceOf: (pair: JudgedPair, comparison: number) => string | null) =>
    accuracyBySlice(decided, sliceOf, seed)
  return {
    comparisons: measured.length,
    pairs: agreement.accuracy.pairCount,
    ties: measured.flatMap(({ pairs }) => pairs).filter(({ tie }) => tie).length,
    accuracy: agreement.accuracy,
    /** People's grades, 'ungraded' where none was given. */
    byStrength: slice(({ strength }) => (strength === undefined ? 'ungraded' : String(strength))),
    /** Whether people preferred the shorter or the longer completion. */
    byLength: slice((pair, i) => {
      const apart = difference(pair, i)
      return apart === 0 ? 'same' : apart < 0 ? 'shorter chosen' : 'longer chosen'
    }),
    byLengthDifference: {
      /** The lower ends of the second and the last third, in tokens. */
      terciles,
      accuracy: slice((pair, i) => {
        const apart = Math.abs(difference(pair, i))
        return apart < terciles[0]! ? '1 small' : apart < terciles[1]! ? '2 middle' : '3 large'
      }),
    },
    byAnnotator: slice(({ annotator }) => annotator ?? null),
    calibration: agreement.calibration,
    ...(tied && { tieModel: tieReport(measured, tied) }),
    ...((measured[0]?.headCount ?? 1) > 1 && { uncertainty: uncertaintyReport(decided) }),
  }
}

/** Only the pairs with a winner and the completions that are in one, as ties have no right order. */
function withWinner(measured: readonly Measured[]): Measured[] {
  return measured.flatMap(({ pairs, scores, heads, headCount, lengths }) => {
    const decided = pairs.filter(({ tie }) => !tie)
    if (decided.length === 0) return []
    const used = [...new Set(decided.flatMap(({ chosen, rejected }) => [chosen, rejected]))]
    return [
      {
        pairs: decided.map((pair) => ({
          ...pair,
          chosen: used.indexOf(pair.chosen),
          rejected: used.indexOf(pair.rejected),
        })),
        scores: Float32Array.from(used, (place) => scores[place]!),
        heads: Float32Array.from(
          used.flatMap((place) => [...heads.subarray(place * headCount, (place + 1) * headCount)]),
        ),
        headCount,
        lengths: used.map((place) => lengths[place]!),
      },
    ]
  })
}

/** The log-odds that the first is preferred to the second where one of them is. */
function logitOf(difference: number, tied: Tied): number {
  if (tied?.model !== 'rao-kupper') return difference
  const eta = Math.log(tied.parameter)
  const logSigmoid = (x: number) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))
  return logSigmoid(difference - eta) - logSigmoid(-difference - eta)
}

/** How well a loss with ties foretells them: the mean of −log P of what people said, and how often they and it say tie. */
function tieReport(measured: readonly Measured[], { model, parameter }: NonNullable<Tied>) {
  const judged = measured.flatMap(({ pairs, scores }) =>
    pairs.map(({ chosen, rejected, tie: said }) => ({
      said,
      ...outcomes(model, scores[chosen]! - scores[rejected]!, parameter),
    })),
  )
  const mean = (of: (each: (typeof judged)[number]) => number) => moments(judged.map(of)).mean
  return {
    [model === 'davidson' ? 'nu' : 'theta']: parameter,
    logLoss: mean(({ said, win, tie }) => -Math.log(Math.max(said ? tie : win, Number.MIN_VALUE))),
    observedTies: mean(({ said }) => (said ? 1 : 0)),
    expectedTies: mean(({ tie }) => tie),
  }
}

/** The deviation over the heads of the differences of pairs, of those that the mean orders rightly and wrongly: raw scores. */
function uncertaintyReport(decided: readonly Measured[]) {
  const right: number[] = []
  const wrong: number[] = []
  for (const { pairs, scores, heads, headCount } of decided)
    for (const { chosen, rejected } of pairs) {
      const differences = Array.from(
        { length: headCount },
        (_, head) => heads[chosen * headCount + head]! - heads[rejected * headCount + head]!,
      )
      const into = scores[chosen]! > scores[rejected]! ? right : wrong
      into.push(deviationOfHeads(differences, headCount)[0]!)
    }
  const mean = (values: number[]) => (values.length > 0 ? moments(values).mean : null)
  return { mean: moments([...right, ...wrong]).mean, ofRight: mean(right), ofWrong: mean(wrong) }
}
