import { invert } from './invert.ts'
import { z95 } from './normal.ts'

/** What an annotator said of two completions; whole numbers from 0. */
export interface PairVote {
  /** The pair. */
  item: number
  /** Pairs of one cluster need not be independent: those of one comparison. */
  cluster: number
  annotator: number
  /** The first of the pair was preferred. Which of the two is first is arbitrary, but the same for all annotators. */
  first: boolean
}

export interface Reliability {
  /** η: how often the annotator prefers what the crowd's latent order says. 1 always, ½ at random. */
  value: number
  /** 95 % interval. */
  low: number
  high: number
  standardError: number
  /** Votes on pairs that another annotator judged too. */
  votes: number
}

/**
 * How reliable each annotator is, [annotators], null for those who share no pair with another: the one-coin
 * form of Dawid & Skene (1979) with even classes, by EM from the shares of the votes, one vote right and one
 * wrong added to each annotator. It is also the annotator model of Chen et al. (2013) with differences of
 * scores large and integrated out: fitted together with the scores of pairs that nobody else ties together,
 * that model explains every disagreement by a small difference and finds everybody reliable. Standard errors
 * are from the outer products of the scores, summed by cluster; intervals are Wald's on the logit scale.
 */
export function reliabilities(votes: readonly PairVote[], annotators: number): (Reliability | null)[] {
  const shared = [...Map.groupBy(votes, ({ item }) => item).values()].filter(
    (said) => new Set(said.map(({ annotator }) => annotator)).size > 1,
  )
  const counts = new Array<number>(annotators).fill(0)
  for (const { annotator } of shared.flat()) counts[annotator]!++
  const eta = likeliest(shared, annotators)
  const errors = standardErrors(shared, eta, counts)
  return counts.map((n, k) => {
    if (n === 0) return null
    const value = eta[k]!
    const standardError = errors[k]!
    const reach = (z95 * standardError) / (value * (1 - value))
    const at = Math.log(value / (1 - value))
    return { value, standardError, low: sigmoid(at - reach), high: sigmoid(at + reach), votes: n }
  })
}

/**
 * η of each annotator, flat in memory: item by item, from starts[item] to starts[item + 1], who voted and how
 * (±1).
 */
function likeliest(items: readonly PairVote[][], annotators: number): Float64Array {
  const votes = items.flat()
  const who = Int32Array.from(votes, ({ annotator }) => annotator)
  const sign = Int8Array.from(votes, ({ first }) => (first ? 1 : -1))
  const starts = new Int32Array(items.length + 1)
  for (const [index, said] of items.entries()) starts[index + 1] = starts[index]! + said.length
  const counts = new Float64Array(annotators).fill(2)
  for (const k of who) counts[k]! += 1
  const eta = new Float64Array(annotators).fill(0.5)
  let odds: Float64Array | null = null
  for (let step = 0; step < 5000; step++) {
    const right = new Float64Array(annotators).fill(1)
    for (let item = 0; item < items.length; item++) {
      let sum = 0
      for (let vote = starts[item]!; vote < starts[item + 1]!; vote++)
        sum += sign[vote]! * (odds ? odds[who[vote]!]! : 1)
      // At first the share of the votes, (1 + mean sign) / 2.
      const first = odds ? sigmoid(sum) : (1 + sum / (starts[item + 1]! - starts[item]!)) / 2
      for (let vote = starts[item]!; vote < starts[item + 1]!; vote++)
        right[who[vote]!]! += sign[vote]! > 0 ? first : 1 - first
    }
    let change = 0
    for (let k = 0; k < annotators; k++) {
      const next = right[k]! / counts[k]!
      change = Math.max(change, Math.abs(next - eta[k]!))
      eta[k] = next
    }
    if (change < 1e-9) break
    odds = logOdds(eta)
  }
  return eta
}

/** P(the first of the pair is the better | votes). */
function firstProbability(said: readonly PairVote[], odds: Float64Array): number {
  let sum = 0
  for (const { annotator, first } of said) sum += first ? odds[annotator]! : -odds[annotator]!
  return sigmoid(sum)
}

const logOdds = (eta: Float64Array) => eta.map((p) => Math.log(p / (1 - p)))

function standardErrors(items: readonly PairVote[][], eta: Float64Array, counts: number[]): number[] {
  const size = eta.length
  const odds = logOdds(eta)
  const information = Array.from({ length: size }, (_, k) => {
    const row = new Array<number>(size).fill(0)
    // Of the votes added.
    row[k] = 1 / eta[k]! ** 2 + 1 / (1 - eta[k]!) ** 2
    return row
  })
  for (const pairs of Map.groupBy(items, (said) => said[0]!.cluster).values()) {
    const score = new Map<number, number>()
    for (const said of pairs) {
      const p = firstProbability(said, odds)
      for (const { annotator: k, first } of said) {
        const right = first ? p : 1 - p
        score.set(k, (score.get(k) ?? 0) + right / eta[k]! - (1 - right) / (1 - eta[k]!))
      }
    }
    for (const [k, a] of score) for (const [l, b] of score) information[k]![l]! += a * b
  }
  const inverse = invert(information)
  return counts.map((_, k) => Math.sqrt(inverse?.[k]?.[k] ?? Number.POSITIVE_INFINITY))
}

/**
 * What a vote of each annotator should weigh, [annotators]: 2η − 1, to which a vote's pull on a small
 * difference of scores is proportional (the slope of ησ(d) + (1 − η)σ(−d) at 0), drawn towards the mean of
 * all as far as the standard errors leave room, and at least .05 of that mean. Those without a reliability
 * weigh the mean. Relative: the caller makes the mean 1. Source of the shrinkage: DerSimonian & Laird (1986),
 * Meta-analysis in clinical trials, method of moments.
 */
export function annotatorWeights(found: readonly (Reliability | null)[]): number[] {
  const known = found.flatMap((each) =>
    each ? [{ lean: 2 * each.value - 1, variance: 4 * each.standardError ** 2 }] : [],
  )
  const precision = known.reduce((sum, { variance }) => sum + 1 / variance, 0)
  const mean = known.reduce((sum, { lean, variance }) => sum + lean / variance, 0) / precision
  // Where the crowd itself is not four standard errors above chance, nobody can be told apart.
  if (known.length < 2 || !(mean * Math.sqrt(precision) > 4)) return found.map(() => 1)
  const q = known.reduce((sum, { lean, variance }) => sum + (lean - mean) ** 2 / variance, 0)
  const squares = known.reduce((sum, { variance }) => sum + 1 / variance ** 2, 0)
  const between = Math.max(0, (q - (known.length - 1)) / (precision - squares / precision))
  return found.map((each) => {
    if (!each) return 1
    const variance = 4 * each.standardError ** 2
    const share = between === 0 ? 0 : between / (between + variance)
    return Math.max(0.05, (mean + share * (2 * each.value - 1 - mean)) / mean)
  })
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
