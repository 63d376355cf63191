import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { logProbsAndEntropy } from './log-probs.ts'
import { policyLoss, valueLoss } from './losses.ts'
import { bradleyTerryLoss, sharedPairs } from './reward-loss.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const options = { clipRange: 0.2, logRatioClamp: 20 }
const vector = (...values: number[]) => tf.tensor1d(values)

test('the policy loss takes the worse of the free and the clipped ratio', () => {
  // ρ = 1.5, A = 1: max(−1.5, −1.2) = −1.2. ρ = .5, A = 1: max(−.5, −.8) = −.5.
  // ρ = 1.5, A = −1: max(1.5, 1.2) = 1.5. ρ = .5, A = −1: max(.5, .8) = .8. Mean (−1.2 − .5 + 1.5 + .8)/4 = .15
  const loss = policyLoss(
    vector(Math.log(1.5), Math.log(0.5), Math.log(1.5), Math.log(0.5)),
    vector(0, 0, 0, 0),
    vector(1, 1, -1, -1),
    { ...options, tokens: 4 },
  )
  expect(loss.dataSync()[0]).toBeCloseTo(0.15, 6)
})

test('a ratio beyond the clip has no gradient where clipping is the worse', () => {
  const gradient = tf.grad((logProbs: tf.Tensor) =>
    policyLoss(logProbs as tf.Tensor1D, vector(0, 0), vector(1, 1), { ...options, tokens: 2 }),
  )(vector(Math.log(1.5), 0))
  // ρ = 1.5, A = 1: 0. ρ = 1, A = 1: −A·ρ/2 = −.5
  const [clipped, free] = gradient.dataSync()
  expect(clipped).toBe(0)
  expect(free).toBeCloseTo(-0.5, 6)
})

test('a log-ratio of 1000 stays finite', () => {
  const loss = policyLoss(vector(1000), vector(0), vector(-1), { ...options, tokens: 1 })
  expect(loss.dataSync()[0]).toBeCloseTo(Math.exp(20), -3)
})

test('the value loss takes the worse of the free and the clipped value', () => {
  // R = 1, v_old = 0. v = .5: free .25, clipped (.2 − 1)² = .64 → .64. v = 2: free 1, clipped .64 → 1. ½·mean = .41
  const loss = valueLoss(vector(0.5, 2), vector(0, 0), vector(1, 1), { clipRange: 0.2, tokens: 2 })
  expect(loss.dataSync()[0]).toBeCloseTo(0.41, 6)
  // Without the clip: ½·(.25 + 1)/2 = .3125
  expect(
    valueLoss(vector(0.5, 2), vector(0, 0), vector(1, 1), { clipRange: 0, tokens: 2 }).dataSync()[0],
  ).toBeCloseTo(0.3125, 6)
})

test('micro-batches of unequal token counts add up to the loss of the minibatch', () => {
  const [logProbs, old, advantages] = [
    [-1, -2, -0.5, -0.1, -3],
    [-1.1, -1.7, -0.5, -0.4, -2.9],
    [0.3, -1, 2, 0.5, -0.2],
  ]
  const part = (from: number, to: number) =>
    policyLoss(
      tf.tensor1d(logProbs!.slice(from, to)),
      tf.tensor1d(old!.slice(from, to)),
      tf.tensor1d(advantages!.slice(from, to)),
      { ...options, tokens: 5 },
    ).dataSync()[0]!
  expect(part(0, 1) + part(1, 5)).toBeCloseTo(part(0, 5), 6)
})

test('log-probabilities and entropy of logits 0 and ln 3 at temperature 1 and 2', () => {
  const logits = tf.tensor2d([[0, Math.log(3)]])
  const at = (temperature: number) => [
    ...logProbsAndEntropy(logits, tf.tensor1d([1], 'int32'), temperature).dataSync(),
  ]
  // p = (¼, ¾): ln ¾ = −.2876821; H = ¼·ln 4 + ¾·ln(4/3) = .5623351
  expect(at(1)[0]).toBeCloseTo(-0.2876821, 5)
  expect(at(1)[1]).toBeCloseTo(0.5623351, 5)
  // Logits halved: e^(½ ln 3) = 1.7320508; p = (.3660254, .6339746): ln .6339746 = −.4557464
  expect(at(2)[0]).toBeCloseTo(-0.4557464, 5)
})

test('the gradient of the log-probabilities is (onehot − p) / temperature, and that of the entropy nothing', () => {
  const logits = tf.tensor2d([
    [0.1, -0.7, 0.4],
    [1, 2, -1],
  ])
  const tokens = tf.tensor1d([2, 0], 'int32')
  const weights = vector(0.5, -2)
  const automatic = tf.grad((x: tf.Tensor) => {
    const logs = tf.logSoftmax(tf.div(x, 0.7))
    return tf.sum(tf.mul(tf.sum(tf.mul(logs, tf.oneHot(tokens, 3)), 1), weights))
  })(logits)
  const own = tf.grad((x: tf.Tensor) => {
    const measured = logProbsAndEntropy(x as tf.Tensor2D, tokens, 0.7)
    return tf.sum(tf.mul(measured, tf.stack([weights, vector(9, 9)])))
  })(logits)
  const expected = automatic.dataSync()
  own.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 5)
  })
})

test('Bradley–Terry loss with weights, margins and centring', () => {
  const scores = vector(2, 1, 0)
  // −ln σ(2 − 1) = .3132617; −ln σ(2 − 0 − 1) = .3132617; −ln σ(1 − 0) = .3132617
  const pairs = sharedPairs(
    [
      { chosen: 0, rejected: 1, weight: 1, margin: 0 },
      { chosen: 0, rejected: 2, weight: 2, margin: 1 },
    ],
    { offset: 0, comparisons: 1 },
  )
  expect(pairs.map((pair) => pair.share)).toEqual([0.5, 1])
  expect(bradleyTerryLoss(scores, pairs, 0).dataSync()[0]).toBeCloseTo(1.5 * 0.3132617, 5)
  // Centring .01·(.5·(2 + 1)² + 1·(2 + 0)²) = .01·8.5
  expect(bradleyTerryLoss(scores, pairs, 0.01).dataSync()[0]).toBeCloseTo(1.5 * 0.3132617 + 0.085, 5)
})

test('every comparison counts the same, however many pairs it has', () => {
  const pair = { chosen: 0, rejected: 1, weight: 1, margin: 0 }
  const one = sharedPairs([pair], { offset: 0, comparisons: 2 })
  const three = sharedPairs([pair, pair, pair], { offset: 2, comparisons: 2 })
  const sum = (pairs: typeof one) => pairs.reduce((total, each) => total + each.share, 0)
  expect(sum(one)).toBeCloseTo(0.5)
  expect(sum(three)).toBeCloseTo(0.5)
  expect(three[0]).toMatchObject({ chosen: 2, rejected: 3 })
})

test('a tie, as two reversed halves, weighs as much as a pair with a winner', () => {
  const full = (chosen: number, rejected: number) => ({ chosen, rejected, weight: 1, margin: 0 })
  const half = (chosen: number, rejected: number) => ({ chosen, rejected, weight: 0.5, margin: 0 })
  const shares = (pairs: ReturnType<typeof full>[]) =>
    sharedPairs(pairs, { offset: 0, comparisons: 1 }).map(({ share }) => share)
  expect(shares([half(0, 1), half(1, 0)])).toEqual([0.5, 0.5])
  expect(shares([full(0, 2), half(0, 1), half(1, 0), full(1, 2)])).toEqual([1 / 3, 1 / 6, 1 / 6, 1 / 3])
  // Two people who found the same tie, and two who contradict each other.
  expect(shares([half(0, 1), half(1, 0), half(0, 1), half(1, 0)])).toEqual([0.25, 0.25, 0.25, 0.25])
  expect(shares([full(0, 1), full(1, 0)])).toEqual([0.5, 0.5])
})
