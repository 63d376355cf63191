import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { policyLoss, valueLoss } from './losses.ts'
import { bradleyTerryLoss, sharedPairs } from './reward-loss.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const number = fc.float({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true })
const token = fc.tuple(number, number, number)
const tokens = fc.array(token, { minLength: 1, maxLength: 8 })
type Token = [number, number, number]

const vector = (values: number[]) => tf.tensor1d(values)
const columns = (rows: readonly Token[]) => [0, 1, 2].map((i) => vector(rows.map((row) => row[i]!)))
const numberOf = (compute: () => tf.Tensor) => {
  const tensor = tf.tidy(compute)
  const [value] = tensor.dataSync()
  tensor.dispose()
  return value!
}

const losses = {
  policy: (rows: readonly Token[], count: number) => () => {
    const [logProbs, old, advantages] = columns(rows)
    return policyLoss(logProbs!, old!, advantages!, { clipRange: 0.2, logRatioClamp: 20, tokens: count })
  },
  value: (rows: readonly Token[], count: number) => () => {
    const [values, old, returns] = columns(rows)
    return valueLoss(values!, old!, returns!, { clipRange: 0.2, tokens: count })
  },
}

test('a loss is the sum of those of any two parts of its tokens, in any order', () => {
  fc.assert(
    fc.property(tokens, fc.nat(8), (rows, cut) => {
      for (const [name, loss] of Object.entries(losses)) {
        const count = rows.length
        const moved = rows.toReversed()
        const parts = [moved.slice(0, cut), moved.slice(cut)].filter((part) => part.length > 0)
        const sum = parts.reduce((total, part) => total + numberOf(loss(part, count)), 0)
        const whole = numberOf(loss(rows, count))
        expect(Math.abs(sum - whole), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(whole)))
      }
    }),
    { numRuns: 50 },
  )
})

test('a clipped loss is never less than the one without the clip', () => {
  fc.assert(
    fc.property(tokens, (rows) => {
      const count = rows.length
      const surrogate = rows.reduce((sum, [own, old, advantage]) => sum - advantage * Math.exp(own - old), 0)
      const squares = rows.reduce((sum, [value, , target]) => sum + (value - target) ** 2 / 2, 0)
      const slack = 1e-4 * Math.max(1, Math.abs(surrogate))
      expect(numberOf(losses.policy(rows, count))).toBeGreaterThanOrEqual(surrogate / count - slack)
      expect(numberOf(losses.value(rows, count))).toBeGreaterThanOrEqual(squares / count - 1e-4)
    }),
    { numRuns: 50 },
  )
})

test('at the policy that sampled, the gradient of the loss is the policy gradient', () => {
  fc.assert(
    fc.property(tokens, (rows) => {
      const count = rows.length
      const sampled = rows.map(([own]) => own)
      const advantages = rows.map(([, , advantage]) => advantage)
      const options = { clipRange: 0.2, logRatioClamp: 20, tokens: count }
      const gradient = tf.grad((own: tf.Tensor) =>
        policyLoss(own as tf.Tensor1D, vector(sampled), vector(advantages), options),
      )(vector(sampled))
      // ρ = 1 and dρ/d logp = 1.
      gradient.dataSync().forEach((value, i) => {
        expect(value).toBeCloseTo(-advantages[i]! / count, 5)
      })
    }),
    { numRuns: 50 },
  )
})

test('scores that all move by the same leave the reward loss as it is, and its gradient sums to 0', () => {
  const comparison = fc.array(number, { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(comparison, fc.integer({ min: -3, max: 3 }), (scores, move) => {
      const judged = scores.slice(1).map((_, i) => ({
        ...{ chosen: 0, rejected: i + 1, weight: 1, margin: 0, tie: i % 2 === 1 },
      }))
      const pairs = sharedPairs(judged, { offset: 0, comparisons: 1 })
      const loss = (own: tf.Tensor) => bradleyTerryLoss(own as tf.Tensor1D, pairs, 0)
      const there = numberOf(() => loss(vector(scores)))
      expect(numberOf(() => loss(vector(scores.map((score) => score + move))))).toBeCloseTo(there, 4)
      const gradient = tf.grad(loss)(vector(scores)).dataSync()
      expect(Array.from(gradient).reduce((sum: number, value: number) => sum + value, 0)).toBeCloseTo(0, 5)
    }),
    { numRuns: 50 },
  )
})
