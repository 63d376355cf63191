import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { type DpoOptions, dpoLoss } from './dpo-loss.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const pair = { chosen: 0, rejected: 1, share: 1, margin: 0 }
const loss = (differences: number[], options: DpoOptions, pairs = [pair]) =>
  dpoLoss(tf.tensor1d(differences), pairs, options).dataSync()[0]!

test('DPO is the cross-entropy of the preference under the implicit rewards', () => {
  const options = { beta: 0.5, loss: 'sigmoid' as const, labelSmoothing: 0 }
  // The policy as it began: −ln σ(0) = ln 2
  expect(loss([0, 0], options)).toBeCloseTo(Math.LN2, 6)
  // β·(3 − 1) = 1: ln(1 + e^−1) = .3132617
  expect(loss([3, 1], options)).toBeCloseTo(0.3132617, 6)
  // A margin of 1 takes it back to ln 2; a share weighs.
  expect(loss([3, 1], options, [{ ...pair, margin: 1, share: 0.5 }])).toBeCloseTo(Math.LN2 / 2, 6)
})

test('label smoothing mixes in the reversed pair', () => {
  // .9·.3132617 + .1·1.3132617 = .4132617
  expect(loss([3, 1], { beta: 0.5, loss: 'sigmoid', labelSmoothing: 0.1 })).toBeCloseTo(0.4132617, 6)
})

test('IPO draws the difference to 1/(2β)', () => {
  // (2 − 1/(2·.1))² = 9; at 5 it is 0
  expect(loss([3, 1], { beta: 0.1, loss: 'ipo', labelSmoothing: 0 })).toBeCloseTo(9, 5)
  expect(loss([5, 0], { beta: 0.1, loss: 'ipo', labelSmoothing: 0 })).toBeCloseTo(0, 5)
})

test('a tie is half a pair each way', () => {
  const tie = [{ ...pair, tie: true }]
  // ½·.3132617 + ½·1.3132617; for IPO ½·(2 − 5)² + ½·(2 + 5)² = 29
  expect(loss([3, 1], { beta: 0.5, loss: 'sigmoid', labelSmoothing: 0 }, tie)).toBeCloseTo(0.8132617, 6)
  expect(loss([3, 1], { beta: 0.1, loss: 'ipo', labelSmoothing: 0 }, tie)).toBeCloseTo(29, 4)
  // It has no margin: whichever is named first, it is the same.
  for (const [chosen, rejected] of [
    [0, 1],
    [1, 0],
  ] as const)
    expect(
      loss([3, 1], { beta: 0.5, loss: 'sigmoid', labelSmoothing: 0 }, [
        { ...tie[0]!, chosen, rejected, margin: 1 },
      ]),
    ).toBeCloseTo(0.8132617, 6)
})

test('the gradient of DPO is β·σ(−β·h), up for the chosen and down for the rejected', () => {
  const gradient = tf.grad((x: tf.Tensor) =>
    dpoLoss(x as tf.Tensor1D, [pair], { beta: 0.5, loss: 'sigmoid', labelSmoothing: 0 }),
  )(tf.tensor1d([3, 1]))
  // .5·σ(−1) = .5·.2689414 = .1344707
  const [chosen, rejected] = gradient.dataSync()
  expect(chosen).toBeCloseTo(-0.1344707, 6)
  expect(rejected).toBeCloseTo(0.1344707, 6)
})
