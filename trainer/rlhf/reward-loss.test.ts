import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { bestOf, choiceLoss, choicesOf } from './plackett-luce.ts'
import { pairsOfRanking, type Ranking } from './rankings.ts'
import {
  bradleyTerryLoss,
  type Preferences,
  type RewardLoss,
  rewardLoss,
  sharedChoices,
  sharedPairs,
} from './reward-loss.ts'
import { learnedOf, outcomes, tieParameterOf } from './ties.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const { exp, log } = Math
const sigmoid = (x: number) => 1 / (1 + exp(-x))
const vector = (...values: number[]) => tf.tensor1d(values)
const pair = (chosen: number, rejected: number, more = {}) => ({
  ...{ chosen, rejected, weight: 1, margin: 0, tie: false },
  ...more,
})
const whole = { offset: 0, comparisons: 1 }
const ranking = (groups: number[][], worse: number[] = []): Ranking => ({ groups, worse, weight: 1 })

test('Bradley–Terry loss with weights, margins and centring', () => {
  const scores = vector(2, 1, 0)
  // −ln σ(2 − 1) = .3132617; −ln σ(2 − 0 − 1) = .3132617; −ln σ(1 − 0) = .3132617
  const pairs = sharedPairs([pair(0, 1), pair(0, 2, { weight: 2, margin: 1 })], whole)
  expect(pairs.map(({ share }) => share)).toEqual([0.5, 1])
  expect(bradleyTerryLoss(scores, pairs, 0).dataSync()[0]).toBeCloseTo(1.5 * 0.3132617, 5)
  // Centring .01·(.5·(2 + 1)² + 1·(2 + 0)²) = .01·8.5
  expect(bradleyTerryLoss(scores, pairs, 0.01).dataSync()[0]).toBeCloseTo(1.5 * 0.3132617 + 0.085, 5)
})

test('every comparison counts the same, however many pairs it has, and as often as it was drawn', () => {
  const one = sharedPairs([pair(0, 1)], { offset: 0, comparisons: 2 })
  const three = sharedPairs([pair(0, 1), pair(0, 1), pair(0, 1)], { offset: 2, comparisons: 2, times: 3 })
  const sum = (pairs: typeof one) => pairs.reduce((total, { share }) => total + share, 0)
  expect(sum(one)).toBeCloseTo(0.5)
  expect(sum(three)).toBeCloseTo(1.5)
  expect(three[0]).toMatchObject({ chosen: 2, rejected: 3 })
})

test('a tie of Bradley–Terry weighs as much as a pair with a winner, half of it each way', () => {
  const pairs = sharedPairs([pair(0, 1), pair(1, 2, { tie: true, margin: 5 })], whole)
  // ½·−ln σ(1) + ½·(½·−ln σ(2) + ½·−ln σ(−2)), a tie without a margin
  const expected = -0.5 * log(sigmoid(1)) - 0.25 * (log(sigmoid(2)) + log(sigmoid(-2)))
  expect(bradleyTerryLoss(vector(3, 2, 0), pairs, 0).dataSync()[0]).toBeCloseTo(expected, 5)
})

const scores = [0.5, -1, 2, 0.25]

test('Plackett–Luce is the probability of choosing one after the other, divided by the choices', () => {
  // Order 2, 0, 3, 1: three choices, from {2, 0, 3, 1}, {0, 3, 1} and {3, 1}.
  const [e0, e1, e2, e3] = scores.map(exp) as [number, number, number, number]
  const expected = -(log(e2 / (e2 + e0 + e3 + e1)) + log(e0 / (e0 + e3 + e1)) + log(e3 / (e3 + e1))) / 3
  const choices = choicesOf(ranking([[2], [0], [3], [1]]), { ties: 'efron', share: 1 })
  expect(choiceLoss(vector(...scores), choices).dataSync()[0]).toBeCloseTo(expected, 5)
})

test('the probabilities of all orders sum to 1, whichever of them is seen', () => {
  const orders = (left: number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((first) => orders(left.filter((each) => each !== first)).map((rest) => [first, ...rest]))
  const all = orders([0, 1, 2, 3])
  const probabilities = all.map((order) => {
    const choices = choicesOf(ranking(order.map((place) => [place])), { ties: 'efron', share: 1 })
    return exp(-3 * choiceLoss(vector(...scores), choices).dataSync()[0]!)
  })
  expect(all).toHaveLength(24)
  expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1, 5)
})

test('a ranking of the first few chooses them from all, and says nothing of the rest', () => {
  const [e0, e1, e2, e3] = scores.map(exp) as [number, number, number, number]
  // 2 is best, then 0; of 1 and 3 it is known only that they are worse.
  const expected = -(log(e2 / (e2 + e0 + e3 + e1)) + log(e0 / (e0 + e3 + e1))) / 2
  const choices = choicesOf(ranking([[2], [0]], [1, 3]), { ties: 'efron', share: 1 })
  expect(choiceLoss(vector(...scores), choices).dataSync()[0]).toBeCloseTo(expected, 5)
})

test('a tied group is chosen in an unknown order: by Efron nearer to the mean of all orders than by Breslow', () => {
  const [e0, e1, e2] = scores.map(exp) as [number, number, number]
  const loss = (ties: 'efron' | 'breslow') =>
    choiceLoss(vector(...scores), choicesOf(ranking([[0, 2], [1]]), { ties, share: 1 })).dataSync()[0]!
  const all = e0 + e1 + e2
  // Two choices, 0 and 2, from all of them; at Efron's second, 0 and 2 remain by half.
  expect(loss('breslow')).toBeCloseTo(-(log(e0 / all) + log(e2 / all)) / 2, 5)
  expect(loss('efron')).toBeCloseTo(-(log(e0 / all) + log(e2 / (all - (e0 + e2) / 2))) / 2, 5)
  // −ln of the mean probability of the orders 0, 2 and 2, 0, over two choices
  const exact = -log(((e0 / all) * (e2 / (all - e0)) + (e2 / all) * (e0 / (all - e2))) / 2) / 2
  expect(Math.abs(loss('efron') - exact)).toBeLessThan(Math.abs(loss('breslow') - exact) / 2)
})

test('the best of a ranking is a softmax over all, shared by those tied for the best', () => {
  const all = scores.map(exp).reduce((sum, value) => sum + value)
  const loss = (own: Ranking) => choiceLoss(vector(...scores), bestOf(own, { share: 1 })).dataSync()[0]
  expect(loss(ranking([[2], [0], [1, 3]]))).toBeCloseTo(log(all) - 2, 5)
  expect(loss(ranking([[2, 0], [1]], [3]))).toBeCloseTo(log(all) - (2 + 0.5) / 2, 5)
})

test('θ and ν: the three outcomes have the probabilities of Rao and Kupper, and of Davidson', () => {
  const [ri, rj] = [1, 0.25]
  const [pi, pj] = [exp(ri), exp(rj)]
  const theta = 1.7
  const raoKupper = outcomes('rao-kupper', ri - rj, theta)
  expect(raoKupper.win).toBeCloseTo(pi / (pi + theta * pj), 12)
  expect(raoKupper.tie).toBeCloseTo(
    ((theta ** 2 - 1) * pi * pj) / ((pi + theta * pj) * (pj + theta * pi)),
    12,
  )
  const nu = 0.6
  const davidson = outcomes('davidson', ri - rj, nu)
  const z = pi + pj + nu * Math.sqrt(pi * pj)
  expect(davidson.win).toBeCloseTo(pi / z, 12)
  expect(davidson.tie).toBeCloseTo((nu * Math.sqrt(pi * pj)) / z, 12)
  for (const [model, parameter] of [
    ['rao-kupper', theta],
    ['davidson', nu],
  ] as const) {
    const { win, tie } = outcomes(model, 0.75, parameter)
    expect(win + tie + outcomes(model, -0.75, parameter).win).toBeCloseTo(1, 12)
    expect(tieParameterOf(model, learnedOf(model, parameter))).toBeCloseTo(parameter, 12)
  }
})

test.each(['rao-kupper', 'davidson'] as const)('the loss of %s is −log of its outcomes', (loss) => {
  const parameter = 1.7
  const pairs = sharedPairs([pair(2, 0, { margin: 0.5 }), pair(0, 3, { tie: true })], whole)
  const expected =
    -(log(outcomes(loss, 2 - 0.5 - 0.5, parameter).win) + log(outcomes(loss, 0.5 - 0.25, parameter).tie)) / 2
  const options = { loss, centring: 0, ties: vector(learnedOf(loss, parameter)) }
  const value = rewardLoss(vector(...scores), { pairs, choices: [] }, options)
  expect(value.dataSync()[0]).toBeCloseTo(expected, 5)
})

test.each([
  // At a difference of 0 the share of ties is (θ − 1)/(θ + 1), so ½ at θ = 3; and ν/(2 + ν), so ½ at ν = 2.
  ['rao-kupper', 3],
  ['davidson', 2],
] as const)('what %s learns of equals that tie half of the time is %f', (loss, parameter) => {
  const pairs = sharedPairs([pair(0, 1), pair(0, 1, { tie: true })], whole)
  const slope = tf.grad((ties: tf.Tensor) =>
    rewardLoss(vector(1, 1), { pairs, choices: [] }, { loss, centring: 0, ties }),
  )
  expect(slope(vector(learnedOf(loss, parameter))).dataSync()[0]).toBeCloseTo(0, 5)
  expect(slope(vector(learnedOf(loss, parameter + 0.5))).dataSync()[0]).toBeGreaterThan(0.01)
})

const all: RewardLoss[] = ['bradley-terry', 'k-wise', 'plackett-luce', 'rao-kupper', 'davidson']
const rankings = [ranking([[2], [0, 1], [3]]), ranking([[1]], [0, 3])]
const preferencesOf = (loss: RewardLoss): Preferences => ({
  pairs: sharedPairs([...rankings.flatMap(pairsOfRanking), pair(3, 2, { margin: 0.5, weight: 2 })], whole),
  choices: sharedChoices(rankings, { loss, tiedRankings: 'efron' }, whole),
})

test.each(all)('the gradient of %s is that of finite differences', (loss) => {
  const preferences = preferencesOf(loss)
  const at = ([u, ...values]: number[]) => {
    const options = { loss, centring: 0.1, ties: vector(u!) }
    return rewardLoss(vector(...values), preferences, options)
  }
  const point = [0.3, ...scores]
  const gradients = tf.grads((ties: tf.Tensor, own: tf.Tensor) =>
    tf.add(
      rewardLoss(own as tf.Tensor1D, preferences, { loss, centring: 0.1, ties }),
      tf.mul(tf.sum(ties), 0),
    ),
  )([vector(0.3), vector(...scores)])
  const found = gradients.flatMap((each) => [...each.dataSync()])
  const step = 1e-2
  point.forEach((_, i) => {
    const moved = (by: number) => point.map((value, j) => value + (i === j ? by : 0))
    const slope = (at(moved(step)).dataSync()[0]! - at(moved(-step)).dataSync()[0]!) / (2 * step)
    expect(found[i], `${loss}, ${i}`).toBeCloseTo(slope, 3)
  })
})

test.each(['bradley-terry', 'plackett-luce', 'k-wise'] as const)(
  'of two completions the loss of %s is that of one pair',
  (loss) => {
    const own = ranking([[2], [0]])
    const preferences: Preferences = {
      pairs: sharedPairs(pairsOfRanking(own), whole),
      choices: sharedChoices([own], { loss, tiedRankings: 'efron' }, whole),
    }
    const value = rewardLoss(vector(...scores), preferences, { loss, centring: 0.1 }).dataSync()[0]
    expect(value).toBeCloseTo(-log(sigmoid(1.5)) + 0.1 * 2.5 ** 2, 5)
  },
)

test.each(all)('the loss of %s depends on differences of scores alone, and on no names', (loss) => {
  const preferences = preferencesOf(loss)
  const options = { loss, centring: 0, ties: vector(0.3) }
  const value = rewardLoss(vector(...scores), preferences, options).dataSync()[0]!
  const shifted = scores.map((score) => score + 3)
  expect(rewardLoss(vector(...shifted), preferences, options).dataSync()[0]).toBeCloseTo(value, 4)
  // The completions in another order, and what was said of them by their new places.
  const order = [3, 1, 0, 2]
  const at = (place: number) => order.indexOf(place)
  const renamed: Preferences = {
    pairs: preferences.pairs.map((each) => ({
      ...each,
      chosen: at(each.chosen),
      rejected: at(each.rejected),
    })),
    choices: preferences.choices.map(({ chosen, among, share }) => ({
      chosen: at(chosen),
      among: among.map(({ place, weight }) => ({ place: at(place), weight })),
      share,
    })),
  }
  const others = order.map((place) => scores[place]!)
  expect(rewardLoss(vector(...others), renamed, options).dataSync()[0]).toBeCloseTo(value, 5)
})

test.each(all)('the loss of %s does not depend on the order in which it is told', (loss) => {
  const { pairs, choices } = preferencesOf(loss)
  const options = { loss, centring: 0.1, ties: vector(0.3) }
  const one = rewardLoss(vector(...scores), { pairs, choices }, options).dataSync()[0]!
  const reversed = { pairs: pairs.toReversed(), choices: choices.toReversed() }
  expect(rewardLoss(vector(...scores), reversed, options).dataSync()[0]).toBeCloseTo(one, 5)
})
