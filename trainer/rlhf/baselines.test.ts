import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bestOfEach, groupRelative, leaveOneOut, nextAverage, perToken } from './baselines.ts'
import { startsOf } from './masks.ts'

const round = (values: Float32Array) => Array.from(values, (value) => Number(value.toFixed(4)))

test('each return is compared with the mean of the others of its prompt', () => {
  // 1 − (2 + 6)/2 = −3; 2 − (1 + 6)/2 = −1.5; 6 − (1 + 2)/2 = 4.5; the second group: 0 − 0, …
  expect(round(leaveOneOut([1, 2, 6, 0, 0, 0], 3))).toEqual([-3, -1.5, 4.5, 0, 0, 0])
  // With two samples it is their difference.
  expect(round(leaveOneOut([1, 5], 2))).toEqual([-4, 4])
})

test('each return is compared with the mean of its group, in deviations of the group or not', () => {
  // mean 3; squares 4 + 1 + 9 = 14, n − 1 = 2: sd √7 = 2.645751. (1 − 3)/2.645851 = −.7559, −.3780, 1.1339
  expect(round(groupRelative([1, 2, 6], 3, { divide: true }))).toEqual([-0.7559, -0.378, 1.1339])
  expect(round(groupRelative([1, 2, 6], 3, { divide: false }))).toEqual([-2, -1, 3])
  // A group without differences teaches nothing and divides by nothing.
  expect(round(groupRelative([2, 2], 2, { divide: true }))).toEqual([0, 0])
})

test('the moving average begins with the first mean', () => {
  expect(nextAverage(null, [1, 3], 0.9)).toBe(2)
  // .9·2 + .1·4 = 2.2
  expect(nextAverage(2, [4], 0.9)).toBeCloseTo(2.2, 12)
})

test('the best of each group is found, the first of equals', () => {
  expect(bestOfEach([1, 3, 2, 5, 5, 4], 3)).toEqual([1, 3])
  expect(bestOfEach([4, 7], 1)).toEqual([0, 1])
})

test('a number a row becomes a number a token', () => {
  expect([...perToken([1, -2], startsOf([2, 3]))]).toEqual([1, 1, -2, -2, -2])
})

test('groups that do not divide the batch are refused with both numbers', () => {
  expect(() => leaveOneOut([1, 2, 3], 2)).toThrow(
    expect.objectContaining({
      code: 'INVALID_GROUP',
      message: '3 returns cannot be divided into groups of 2',
    }),
  )
  expect(() => groupRelative([1], 1, { divide: true })).toThrow(/groups of 1/)
})

const returns = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 4, maxLength: 4 })

test('leave-one-out is n/(n − 1) of the difference from the mean, and both add up to nothing in a group', () => {
  fc.assert(
    fc.property(returns, (group) => {
      const others = leaveOneOut(group, 4)
      const relative = groupRelative(group, 4, { divide: false })
      others.forEach((value, i) => {
        expect(value).toBeCloseTo((relative[i]! * 4) / 3, 4)
      })
      expect(others.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4)
    }),
  )
})

test('permuting the samples of a prompt permutes their advantages', () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })
  fc.assert(
    fc.property(returns, order, (group, places) => {
      for (const advantages of [
        (all: number[]) => leaveOneOut(all, 4),
        (all: number[]) => groupRelative(all, 4, { divide: true }),
      ]) {
        const before = advantages(group)
        advantages(places.map((place) => group[place]!)).forEach((value, i) => {
          expect(value).toBeCloseTo(before[places[i]!]!, 3)
        })
      }
    }),
  )
})

test('the gradient with a leave-one-out baseline is on average the exact one, of a bandit of three arms', () => {
  const rewards = [1, 4, -2]
  const p = [0.2, 0.3, 0.5]
  const mean = 0.2 * 1 + 0.3 * 4 - 0.5 * 2 // .4
  // ∂ E[r] / ∂ logit_a = p_a·(r_a − mean): .12, 1.08, −1.2. Every draw of two samples, weighed by its probability:
  const expected = [0, 0, 0]
  for (const [i, first] of rewards.entries())
    for (const [j, second] of rewards.entries()) {
      const advantages = leaveOneOut([first, second], 2)
      for (const arm of [0, 1, 2]) {
        const score = (drawn: number) => (drawn === arm ? 1 : 0) - p[arm]!
        const estimate = (advantages[0]! * score(i) + advantages[1]! * score(j)) / 2
        expected[arm]! += p[i]! * p[j]! * estimate
      }
    }
  rewards.forEach((reward, arm) => {
    expect(expected[arm]).toBeCloseTo(p[arm]! * (reward - mean), 6)
  })
})
