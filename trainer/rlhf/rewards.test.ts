import { expect, test } from 'vitest'
import { startsOf } from './masks.ts'
import { normalisationOf, normalised } from './normalisation.ts'
import { lengthPenalty, shapeScores, tokenRewards } from './rewards.ts'

test('every token pays for its KL and the last one also gets the score', () => {
  // β .5; kl .2 .4 | .6; scores 1, −1: −.1, −.2 + 1 | −.3 − 1
  const rewards = tokenRewards(Float32Array.of(0.2, 0.4, 0.6), [1, -1], startsOf([2, 1]), 0.5)
  const expected = [-0.1, 0.8, -1.3]
  rewards.forEach((reward, i) => {
    expect(reward).toBeCloseTo(expected[i]!, 6)
  })
})

test('a response that never ends is scored by the rule chosen', () => {
  const rules = { missingEosPenalty: 1, rewardClip: 0 }
  const scores = [3, 3]
  const finished = [true, false]
  const responses = [[1], [2]]
  expect([...shapeScores(scores, responses, finished, { ...rules, missingEosRule: 'replace' })]).toEqual([
    3, -1,
  ])
  expect([...shapeScores(scores, responses, finished, { ...rules, missingEosRule: 'subtract' })]).toEqual([
    3, 2,
  ])
  expect([...shapeScores(scores, responses, finished, { ...rules, missingEosRule: 'keep' })]).toEqual([3, 3])
})

test('scores are cut to the clip on both sides', () => {
  const scores = shapeScores([12, -12, 4], [[1], [2], [3]], [true, true, true], {
    missingEosRule: 'keep',
    missingEosPenalty: 0,
    rewardClip: 5,
  })
  expect([...scores]).toEqual([5, -5, 4])
})

test('gain and bias give the scores mean 0 and deviation 1', () => {
  // 1, 3: mean 2, deviation 1: gain 1, bias −2. 2, 6: mean 4, deviation 2: gain .5, bias −2.
  expect(normalisationOf([1, 3])).toEqual({ gain: 1, bias: -2 })
  expect(normalisationOf([2, 6])).toEqual({ gain: 0.5, bias: -2 })
  expect([2, 6].map((score) => normalised(score, { gain: 0.5, bias: -2 }))).toEqual([-1, 1])
})

test('scores that are all the same cannot be normalised', () => {
  expect(() => normalisationOf([2, 2])).toThrow('the reward of all 2 completions is 2')
})

test('tokens beyond the target cost alike, or less and less', () => {
  const linear = { form: 'linear', target: 4, coefficient: 0.5 } as const
  // 6 tokens: .5·(6 − 4) = 1; 4 and 2 tokens: nothing.
  expect([2, 4, 6].map((length) => lengthPenalty(length, linear))).toEqual([0, 0, 1])
  // 8 tokens: .5·ln(8/4)
  expect(lengthPenalty(8, { ...linear, form: 'log' })).toBeCloseTo(0.5 * Math.log(2), 6)
  expect(lengthPenalty(4, { ...linear, form: 'log' })).toBe(0)
})

test('length and repetition take from the score after the EOS rule and before the clip', () => {
  const rules = { missingEosRule: 'replace', missingEosPenalty: 1, rewardClip: 0 } as const
  const responses = [
    [1, 2, 3],
    [7, 7, 7, 7],
  ]
  // Row 0: 2 − .1·(3 − 2). Row 1: unfinished, −1, − .1·(4 − 2), − 3·(two of three bigrams are repeats).
  const [kept, replaced] = shapeScores([2, 9], responses, [true, false], {
    ...rules,
    lengthPenalty: { form: 'linear', target: 2, coefficient: 0.1 },
    repetitionPenalty: { n: 2, coefficient: 3 },
  })
  expect(kept).toBeCloseTo(2 - 0.1, 6)
  expect(replaced).toBeCloseTo(-1 - 0.1 * 2 - 3 * (2 / 3), 6)
  const clipped = shapeScores([20], [[1, 2, 3]], [true], {
    ...{ ...rules, rewardClip: 10 },
    lengthPenalty: { form: 'linear', target: 2, coefficient: 1 },
  })
  expect([...clipped]).toEqual([10])
})
