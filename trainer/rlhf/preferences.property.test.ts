import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { groupRelative, leaveOneOut } from './baselines.ts'
import { choiceLoss, choicesOf } from './plackett-luce.ts'
import { type RewardLoss, rewardLoss, sharedChoices, sharedPairs } from './reward-loss.ts'
import { outcomes } from './ties.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const number = fc.float({ min: -3, max: 3, noNaN: true, noDefaultInfinity: true })
const losses: RewardLoss[] = ['bradley-terry', 'k-wise', 'plackett-luce', 'rao-kupper', 'davidson']

/** The orders of so many things. */
function orders(count: number): number[][] {
  if (count === 0) return [[]]
  return orders(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, place) => order.toSpliced(place, 0, count - 1)),
  )
}

/** The first completion is best, the next two are tied, the others are worse; their gradient by the scores, and the loss. */
function learn(scores: readonly number[], order: readonly number[], loss: RewardLoss) {
  const at = (index: number) => order.indexOf(index)
  const places = scores.map((_, index) => at(index))
  const ranking = { groups: [[places[0]!], places.slice(1, 3)], worse: places.slice(3), weight: 1 }
  const pairs = [
    ...places
      .slice(1)
      .map((rejected) => ({ chosen: places[0]!, rejected, weight: 1, margin: 0, tie: false })),
    { chosen: places[1]!, rejected: places[2]!, weight: 1, margin: 0, tie: true },
  ]
  const said = {
    pairs: sharedPairs(pairs, { offset: 0, comparisons: 1 }),
    choices: sharedChoices([ranking], { loss, tiedRankings: 'efron' }, { offset: 0, comparisons: 1 }),
  }
  const options = { loss, centring: 0, ties: tf.scalar(0.3) }
  const { value, grad } = tf.valueAndGrad((own: tf.Tensor) => rewardLoss(own as tf.Tensor1D, said, options))(
    tf.tensor1d(order.map((index) => scores[index]!)),
  )
  const gradient = grad.dataSync()
  return { value: value.dataSync()[0]!, gradient: scores.map((_, index) => gradient[at(index)]!) }
}

test.each(losses)(
  '%s learns the same of completions in any order, and nothing of what all scores have in common',
  (loss) => {
    const batch = fc.array(number, { minLength: 3, maxLength: 6 }).chain((scores) =>
      fc.record({
        scores: fc.constant(scores),
        order: fc.shuffledSubarray([...scores.keys()], {
          minLength: scores.length,
          maxLength: scores.length,
        }),
      }),
    )
    fc.assert(
      fc.property(batch, fc.integer({ min: -2, max: 2 }), ({ scores, order }, shift) => {
        const plain = learn(scores, [...scores.keys()], loss)
        const moved = learn(
          scores.map((score) => score + shift),
          order,
          loss,
        )
        expect(moved.value).toBeCloseTo(plain.value, 4)
        moved.gradient.forEach((value, i) => {
          expect(value).toBeCloseTo(plain.gradient[i]!, 4)
        })
        expect(plain.gradient.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4)
        // The best one is never pushed down.
        expect(plain.gradient[0]).toBeLessThanOrEqual(1e-6)
      }),
      { numRuns: 25 },
    )
  },
)

test('the probabilities of all orders of Plackett and Luce add up to 1', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 2, maxLength: 4 }), (scores) => {
      const probabilities = orders(scores.length).map((order) => {
        const ranking = { groups: order.map((place) => [place]), worse: [], weight: 1 }
        // Its loss is divided by the choices.
        const choices = choicesOf(ranking, { ties: 'efron', share: scores.length - 1 })
        const loss = tf.tidy(() => choiceLoss(tf.tensor1d(scores), choices).dataSync()[0]!)
        return Math.exp(-loss)
      })
      expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 4)
    }),
    { numRuns: 15 },
  )
})

test('winning, losing and tying have together the probability 1, by Rao and Kupper and by Davidson', () => {
  fc.assert(
    fc.property(number, fc.float({ min: Math.fround(1.1), max: 9, noNaN: true }), (difference, parameter) => {
      for (const model of ['rao-kupper', 'davidson'] as const) {
        const { win, tie } = outcomes(model, difference, parameter)
        const lost = outcomes(model, -difference, parameter)
        expect(win + tie + lost.win).toBeCloseTo(1, 10)
        expect(lost.tie).toBeCloseTo(tie, 10)
      }
    }),
  )
})

test('baselines of a prompt do not see what all of its returns have in common, nor GRPO how far apart they are', () => {
  const returns = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(
      returns,
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      (group, shift, stretch) => {
        fc.pre(new Set(group).size > 1)
        const moved = group.map((value) => stretch * value + shift)
        const plain = leaveOneOut(group, 4)
        leaveOneOut(moved, 4).forEach((value, i) => {
          expect(value).toBeCloseTo(stretch * plain[i]!, 3)
        })
        const relative = groupRelative(group, 4, { divide: true })
        groupRelative(moved, 4, { divide: true }).forEach((value, i) => {
          // But for the 1e-4 beside the deviation, which is at least ½.
          expect(Math.abs(value - relative[i]!)).toBeLessThan(1e-3)
        })
      },
    ),
  )
})
