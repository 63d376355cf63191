import { expect, test } from 'vitest'
import { commonDistance, pointsOf, rewardAt } from './points.ts'

const batch = (step: number, score: number, kl: number) => ({
  step,
  metrics: { 'objective/scores': score, 'objective/kl': kl, episode: 10 * step },
})
const evaluation = (step: number, score: number, kl: number) => ({
  step,
  metrics: { 'eval/score': score, 'eval/kl': kl, ...(step > 0 && { episode: 10 * step }) },
})

test('batches are averaged by windows, where they were sampled; a rest is left out', () => {
  const steps = [batch(1, 0, 0), batch(2, 2, 1), batch(3, 3, 2), batch(4, 5, 4), batch(5, 9, 9)]
  // Batches 1 and 2 were sampled after 0 and 10 completions: 5.
  expect(pointsOf(steps, 2)).toEqual({
    source: 'batches',
    points: [
      { episodes: 5, reward: 1, kl: 0.5 },
      { episodes: 25, reward: 4, kl: 3 },
    ],
  })
})

test('held-out evaluations go before batches where there are more than those at the ends', () => {
  const ends = [evaluation(0, 0, 0), batch(1, 1, 1), evaluation(2, 2, 2)]
  expect(pointsOf(ends, 1).source).toBe('batches')
  const { source, points } = pointsOf([...ends, evaluation(3, 3, 3)], 1)
  expect(source).toBe('held-out')
  expect(points.map(({ episodes, reward }) => [episodes, reward])).toEqual([
    [0, 0],
    [20, 2],
    [30, 3],
  ])
})

const path = [
  { episodes: 0, reward: 0, kl: 0 },
  { episodes: 10, reward: 2, kl: 4 },
  { episodes: 20, reward: 3, kl: 1 },
  { episodes: 30, reward: 4, kl: 16 },
]

test('the reward at a distance is interpolated where the run first came there', () => {
  // √KL 1 lies half way from 0 to 2; 3 half way on the last piece from 1 to 4 … at two thirds of it.
  expect(rewardAt(path, 1)).toBeCloseTo(1, 12)
  expect(rewardAt(path, 3)).toBeCloseTo(3 + 2 / 3, 12)
  expect(rewardAt(path, 4)).toBe(4)
  expect(rewardAt(path, 4.1)).toBeNull()
  expect(rewardAt(path.slice(1), 1)).toBeNull()
})

test('the common distance is the smallest of the largest', () => {
  expect(commonDistance([path, [{ episodes: 0, reward: 0, kl: 2.25 }]])).toBe(1.5)
})
