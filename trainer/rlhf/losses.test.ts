import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { logProbsAndEntropy } from './log-probs.ts'
import { klLoss, penaltyLoss, policyLoss, valueLoss } from './losses.ts'

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

test('dual clip bounds what a token with a negative advantage loses, and no other', () => {
  // A = −1: ρ = 5 loses 5, at most 3; ρ = 2 loses 2. A = 1, ρ = 5: −1.2 as ever. Mean (3 + 2 − 1.2)/3 = 3.8/3
  const loss = policyLoss(vector(Math.log(5), Math.log(2), Math.log(5)), vector(0, 0, 0), vector(-1, -1, 1), {
    ...{ ...options, dualClip: 3, tokens: 3 },
  })
  expect(loss.dataSync()[0]).toBeCloseTo(3.8 / 3, 5)
})

test('the penalty loss is −A·ρ and β times the estimated KL', () => {
  // ρ = 2, A = 1: −2 + .5·(2 − 1 − ln 2). ρ = 1, A = −3: 3 + 0. Over two tokens.
  const penalty = { beta: 0.5, logRatioClamp: 20, tokens: 2 }
  const loss = penaltyLoss(vector(Math.log(2), 0), vector(0, 0), vector(1, -3), penalty)
  expect(loss.dataSync()[0]).toBeCloseTo((-2 + 0.5 * (1 - Math.log(2)) + 3) / 2, 5)
})

test('on the average over what the old policy draws, the penalty and its gradient are those of the exact KL', () => {
  // Three arms; π_old by logits (0, 1, −1), π by (.5, .5, 0): tokens weighted as often as π_old draws them.
  const old = tf.logSoftmax(vector(0, 1, -1)) as tf.Tensor1D
  const often = tf.exp(old)
  const expected = (logits: tf.Tensor) => {
    const logProbs = tf.logSoftmax(logits)
    return tf.sum(tf.mul(often, tf.sub(old, logProbs))) as tf.Scalar // KL(π_old ‖ π)
  }
  const estimated = (logits: tf.Tensor) => {
    const logProbs = tf.logSoftmax(logits) as tf.Tensor1D
    const each = [0, 1, 2].map((arm) =>
      tf.mul(
        penaltyLoss(tf.slice(logProbs, arm, 1), tf.slice(old, arm, 1), vector(0), {
          ...{ beta: 1, logRatioClamp: 20, tokens: 1 },
        }),
        tf.reshape(tf.slice(often, arm, 1), []),
      ),
    )
    return tf.addN(each) as tf.Scalar
  }
  const logits = vector(0.5, 0.5, 0)
  expect(estimated(logits).dataSync()[0]).toBeCloseTo(expected(logits).dataSync()[0]!, 5)
  const gradient = tf.grad(expected)(logits).dataSync()
  tf.grad(estimated)(logits)
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(gradient[i]!, 5)
    })
})

test('the KL in the loss by the three estimators, and their gradients', () => {
  // d = ln 2 and −ln 2: k1 sums to 0; k2 (ln 2)²/2 each; k3 ½ − 1 + ln 2 and 2 − 1 − ln 2, which is ½.
  const arguments_ = [vector(Math.log(2), 0), vector(0, Math.log(2))] as const
  const at = (estimator: 'k1' | 'k2' | 'k3') => {
    const loss = (logProbs: tf.Tensor) =>
      klLoss(logProbs as tf.Tensor1D, arguments_[1], { estimator, logRatioClamp: 20, tokens: 2 })
    return [loss(arguments_[0]).dataSync()[0]!, ...tf.grad(loss)(arguments_[0]).dataSync()]
  }
  const expected = {
    k1: [0, 1 / 2, 1 / 2],
    k2: [Math.log(2) ** 2 / 2, Math.log(2) / 2, -Math.log(2) / 2],
    // The derivative of k3 is 1 − e^(−d): ½ and −1.
    k3: [0.5 / 2, 0.5 / 2, -1 / 2],
  }
  for (const estimator of ['k1', 'k2', 'k3'] as const)
    at(estimator).forEach((value, i) => {
      expect(value, `${estimator} ${i}`).toBeCloseTo(expected[estimator][i]!, 5)
    })
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
