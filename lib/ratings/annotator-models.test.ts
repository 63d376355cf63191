import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crowdBradleyTerry, type Vote } from './crowd-bradley-terry.ts'
import { dawidSkene } from './dawid-skene.ts'
import { drawIndices } from './philox.ts'
import { annotatorWeights, type PairVote, reliabilities } from './reliability.ts'

/** Of crowd-kit, and of scipy's optimisers on the likelihoods: fixtures/make.py. */
const peer = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/agreement.json'), 'utf8'))

const near = (values: number[], wanted: number[]) =>
  expect(values).toEqual(wanted.map((value) => expect.closeTo(value, 6)))

test('error rates and classes are those of Dawid and Skene’s anaesthetists', () => {
  // Dawid & Skene (1979), table 1: 45 patients, three readings of observer 1, then one of each of four others.
  const patients =
    `1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111
    2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111
    1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222
    1211111 2222222`.split(/\s+/)
  const labels = patients.flatMap((said, item) =>
    [...said].map((digit, place) => ({ item, annotator: Math.max(0, place - 2), label: Number(digit) - 1 })),
  )
  const { prior, confusion } = dawidSkene(labels, { items: 45, annotators: 5, classes: 4 })
  // Table 2: p = .40, .42, .11, .07; observer 1 calls class 1 so in 89 % and class 2 in 11 %.
  expect(prior.map((p) => p.toFixed(2))).toEqual(['0.40', '0.42', '0.11', '0.07'])
  expect(confusion[0]![0]!.map((p) => p.toFixed(2))).toEqual(['0.89', '0.11', '0.00', '0.00'])
})

test('Dawid–Skene is that of crowd-kit', () => {
  const labels = peer.dawidSkene.labels.map(([item, annotator, label]: number[]) => ({
    item,
    annotator,
    label,
  }))
  const found = dawidSkene(
    labels,
    { items: 40, annotators: 4, classes: 3 },
    { tolerance: 1e-12, limit: 20_000 },
  )
  near(found.prior, peer.dawidSkene.prior)
  near(found.confusion.flat(2), peer.dawidSkene.confusion.flat(2))
})

test('an item that stands for three is three items', () => {
  const said = [
    [0, 0, 1],
    [0, 0, 0],
    [1, 1, 1],
    [1, 0, 1],
  ]
  const times = [3, 4, 2, 1]
  const labels = (rows: number[][]) =>
    rows.flatMap((row, item) => row.map((label, annotator) => ({ item, annotator, label })))
  const each = rows(said, times)
  const once = dawidSkene(
    labels(said),
    { items: 4, annotators: 3, classes: 2 },
    { smoothing: 0.5, times: Float64Array.from(times) },
  )
  const all = dawidSkene(labels(each), { items: 10, annotators: 3, classes: 2 }, { smoothing: 0.5 })
  near(once.prior, all.prior)
  near(once.confusion.flat(2), all.confusion.flat(2))
  expect(once.logLikelihood).toBeCloseTo(all.logLikelihood, 9)
})

const rows = (said: number[][], times: number[]) =>
  said.flatMap((row, i) => Array.from({ length: times[i]! }, () => row))

test('Bradley–Terry with reliabilities is at the mode that scipy finds', () => {
  const { votes, beta, regularisation, ...wanted } = peer.crowdBradleyTerry
  const said: Vote[] = votes.map(([annotator, winner, loser]: number[]) => ({ annotator, winner, loser }))
  const found = crowdBradleyTerry(
    said,
    { items: 6, annotators: 3 },
    { beta, regularisation, tolerance: 1e-11 },
  )
  near(found.scores, wanted.scores)
  near(found.reliabilities, wanted.reliabilities)
  expect(found.objective).toBeCloseTo(wanted.objective, 9)
  // A tie is half a vote for either, so it holds two items that nothing else tells apart together.
  const tie: Vote[] = [
    { annotator: 0, winner: 0, loser: 1, weight: 0.5 },
    { annotator: 0, winner: 1, loser: 0, weight: 0.5 },
  ]
  near(crowdBradleyTerry(tie, { items: 2, annotators: 1 }).scores, [0, 0])
})

test('reliabilities and their standard errors are those of the marginal likelihood', () => {
  const said: PairVote[] = peer.oneCoin.votes.map(
    ([item, cluster, annotator, first]: [number, number, number, boolean]) => ({
      item,
      cluster,
      annotator,
      first,
    }),
  )
  const found = reliabilities(said, 5)
  near(
    found.slice(0, 4).map((each) => each!.value),
    peer.oneCoin.reliabilities,
  )
  near(
    found.slice(0, 4).map((each) => each!.standardError),
    peer.oneCoin.standardErrors,
  )
  expect(found[4]).toBeNull()
})

/** `items` pairs, each judged by three of the annotators, who are right as often as `eta` says. */
function crowd(eta: number[], items: number, seed: number): PairVote[] {
  const draws = new Int32Array(8)
  return Array.from({ length: items }, (_, item) => {
    drawIndices(seed, 9, item, 1 << 20, draws)
    const order = eta.map((_, k) => k).sort((a, b) => ((draws[a]! >> 3) % 977) - ((draws[b]! >> 3) % 977))
    return order.slice(0, 3).map((annotator, place) => ({
      item,
      cluster: item,
      annotator,
      // The pair's first is the better one in every other pair.
      first: draws[5 + place]! / (1 << 20) < eta[annotator]! === (item % 2 === 0),
    }))
  }).flat()
}

test('who answers at random weighs next to nothing, and equals weigh alike', () => {
  const planted = [0.98, 0.9, 0.75, 0.6, 0.5]
  const found = reliabilities(crowd(planted, 1500, 3), 5)
  found.forEach((each, k) => {
    expect(Math.abs(each!.value - planted[k]!)).toBeLessThan(0.05)
    expect(each!.low).toBeLessThan(each!.value)
    expect(each!.high).toBeGreaterThan(each!.value)
  })
  const weights = annotatorWeights(found)
  expect(weights.toSorted((a, b) => b - a)).toEqual(weights)
  expect(weights[0]! / weights[2]!).toBeCloseTo(0.96 / 0.5, 0)
  expect(weights[4]).toBeLessThan(0.2)
  const equals = annotatorWeights(reliabilities(crowd([0.85, 0.85, 0.85, 0.85, 0.85], 400, 4), 5))
  for (const weight of equals) expect(Math.abs(weight - 1)).toBeLessThan(0.15)
})

test('scores fitted together with reliabilities explain disagreement away where items meet once', () => {
  const once = crowd([0.98, 0.9, 0.75, 0.6, 0.5], 200, 6).map(({ item, annotator, first }) => ({
    annotator,
    winner: 2 * item + (first ? 0 : 1),
    loser: 2 * item + (first ? 1 : 0),
  }))
  const found = crowdBradleyTerry(once, { items: 400, annotators: 5 }, { tolerance: 1e-6 })
  for (const reliability of found.reliabilities) expect(reliability).toBeGreaterThan(0.99)
})

test('who shares no pair, and a crowd not far enough from chance, weighs 1', () => {
  const alone = reliabilities([{ item: 0, cluster: 0, annotator: 0, first: true }], 2)
  expect(alone).toEqual([null, null])
  expect(annotatorWeights(alone)).toEqual([1, 1])
  expect(annotatorWeights(reliabilities(crowd([0.5, 0.5, 0.5, 0.5, 0.5], 100, 5), 5))).toEqual([
    1, 1, 1, 1, 1,
  ])
})
