import { expect, test } from 'vitest'
import { resultTable, type Summary } from './table.ts'

const summary: Summary = {
  seed: 7,
  engine: 'tensorflow 2.21.0',
  rewardModel: { heldOutAccuracy: 0.846, ceiling: 0.894 },
  policy: { winRate: 0.906, winRateLow: 0.875, winRateHigh: 0.934, klNats: 5.4, lengthRatio: 1.06 },
  seconds: { setup: 70, base: 40, annotate: 61, reward: 25, ppo: 30, compare: 9 },
}

test('the table shows both versions, the intervals, what the noise allows and the time', () => {
  const judged = { winRate: 0.95, low: 0.93, high: 0.97 }
  const text = resultTable(summary, {
    rewardModelWinRate: judged,
    reward: [-0.02, 1.7],
    length: [22.5, 23.9],
  })
  expect(text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
    'Base | PPO, round 1',
    'Wins by the planted rubric | 9.4 % | 90.6 %',
    '95 % interval | 87.5 % … 93.4 %',
    'Wins by the reward model | 5.0 % | 95.0 %',
    '95 % interval | 93.0 % … 97.0 %',
    'Mean reward | -0.02 | 1.70',
    'KL to the base, nats | 0 | 5.40',
    'Mean length, tokens | 22.50 | 23.90',
    '',
    "The reward model is right on 84.6 % of held-out pairs; the annotators' noise allows",
    '89.4 %, so it reaches 94.6 % of what is possible.',
    '3 min 55 s in all: setup 1 min 10 s, base 40 s, annotate 1 min 1 s, reward 25 s, ppo 30 s, compare 9 s. Engine: tensorflow 2.21.0.',
  ])
})
