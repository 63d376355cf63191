import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { startsOf, takeRows } from './masks.ts'
import { groupLoss, reinforceLoss, rowSums, tokenWeights } from './policy-gradients.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const vector = (...values: number[]) => tf.tensor1d(values)
const number = (scalar: tf.Tensor) => scalar.dataSync()[0]!

test('the gradient of the REINFORCE loss by a log-probability is −A / tokens', () => {
  // −(2·−1 + −3·−.5)/4 = .125
  const loss = (logProbs: tf.Tensor) => reinforceLoss(logProbs as tf.Tensor1D, vector(2, -3), { tokens: 4 })
  expect(number(loss(vector(-1, -0.5)))).toBeCloseTo(0.125, 6)
  expect([...tf.grad(loss)(vector(-1, -0.5)).dataSync()]).toEqual([-0.5, 0.75])
})

test('the log-probability of a response is the sum over its tokens, and each token gets its gradient', () => {
  const sums = (values: tf.Tensor) => rowSums(values as tf.Tensor1D, [2, 3])
  expect([...sums(vector(-1, -2, -3, -4, -5)).dataSync()]).toEqual([-3, -12])
  const gradient = tf.grad((values: tf.Tensor) => tf.sum(tf.mul(sums(values), vector(7, -1))))
  expect([...gradient(vector(-1, -2, -3, -4, -5)).dataSync()]).toEqual([7, 7, -1, -1, -1])
})

test('the GRPO loss is the clipped one plus β·k3 to the reference, each token with its weight', () => {
  const options = { clipRange: 0.2, logRatioClamp: 20 }
  const tensors = {
    oldLogProbs: vector(0, 0),
    referenceLogProbs: vector(Math.log(1.5), Math.log(0.25)),
    advantages: vector(1, -1),
    weights: vector(0.5, 0.25),
  }
  const logProbs = vector(Math.log(1.5), Math.log(0.5))
  // ρ = 1.5, A = 1: max(−1.5, −1.2) = −1.2; ρ = .5, A = −1: max(.5, .8) = .8. .5·−1.2 + .25·.8 = −.4
  expect(number(groupLoss(logProbs, tensors, { ...options, beta: 0 }))).toBeCloseTo(-0.4, 6)
  // k3: 0, and d = ln .25 − ln .5 = −ln 2: .5 + .6931472 − 1 = .1931472. −.4 + .25·.1·.1931472
  expect(number(groupLoss(logProbs, tensors, { ...options, beta: 0.1 }))).toBeCloseTo(-0.3951713, 6)
  // ∂k3/∂log π = 1 − e^d = 1 − .5, where the policy's own part is clipped away: .25·.1·.5 = .0125
  const gradient = tf.grad((x: tf.Tensor) => groupLoss(x as tf.Tensor1D, tensors, { ...options, beta: 0.1 }))
  const [first, second] = gradient(logProbs).dataSync()
  expect(first).toBeCloseTo(0, 6)
  expect(second).toBeCloseTo(0.0125, 6)
})

test('tokens weigh by response, by token or by a constant length', () => {
  const weights = (mean: 'response' | 'token' | 'constant') =>
    Array.from(tokenWeights([1, 3], mean, 8), (value) => Number(value.toFixed(6)))
  expect(weights('response')).toEqual([0.5, 0.166667, 0.166667, 0.166667])
  expect(weights('token')).toEqual([0.25, 0.25, 0.25, 0.25])
  expect(weights('constant')).toEqual([0.0625, 0.0625, 0.0625, 0.0625])
})

test('permuting the responses permutes their gradients', () => {
  const lengths = [2, 1, 3]
  const starts = startsOf(lengths)
  const values = (offset: number) => Float32Array.from({ length: 6 }, (_, i) => Math.sin(3 * i + offset))
  const [logProbs, oldLogProbs, referenceLogProbs, advantages] = [1, 2, 3, 4].map(values)
  const gradient = (rows: number[]) => {
    const own = (all: Float32Array) => tf.tensor1d(takeRows(all, starts, rows))
    const weights = tokenWeights(
      rows.map((row) => lengths[row]!),
      'response',
      4,
    )
    const tensors = {
      oldLogProbs: own(oldLogProbs!),
      referenceLogProbs: own(referenceLogProbs!),
      advantages: own(advantages!),
      weights: tf.tensor1d(weights),
    }
    const options = { clipRange: 0.2, logRatioClamp: 20, beta: 0.1 }
    return tf
      .grad((x: tf.Tensor) => groupLoss(x as tf.Tensor1D, tensors, options))(own(logProbs!))
      .dataSync() as Float32Array
  }
  const order = [2, 0, 1]
  const permuted = takeRows(gradient([0, 1, 2]), starts, order)
  gradient(order).forEach((value, i) => {
    expect(value).toBeCloseTo(permuted[i]!, 6)
  })
})
