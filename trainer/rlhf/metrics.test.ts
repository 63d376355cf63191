import { expect, test } from 'vitest'
import { startsOf } from './masks.ts'
import {
  addPolicyTokens,
  addValueTokens,
  emptySums,
  passMetrics,
  rolloutMetrics,
  takeBack,
} from './metrics.ts'

test('a rollout is measured by sums over a response and means over the batch', () => {
  // Rows of 2 and 1 tokens. KL (.1 + .3, .2): mean .3; entropy (1 + 2, 3): 3; score mean 1; β .5
  const metrics = rolloutMetrics({
    kl: Float32Array.of(0.1, 0.3, 0.2),
    penalty: Float32Array.of(0.1, 0.3, 0.2),
    entropy: Float32Array.of(1, 2, 3),
    values: Float32Array.of(0, 0, 0),
    returns: Float32Array.of(1, 1, 4),
    starts: startsOf([2, 1]),
    scores: Float32Array.of(2, 0),
    finished: [true, false],
    beta: 0.5,
  })
  expect(metrics['objective/kl']).toBeCloseTo(0.3)
  expect(metrics['objective/entropy']).toBeCloseTo(3)
  expect(metrics['objective/non_score_reward']).toBeCloseTo(-0.15)
  expect(metrics['objective/rlhf_reward']).toBeCloseTo(0.85)
  expect(metrics['returns/mean']).toBeCloseTo(2)
  // (1 + 1 + 4)/3 = 2; variance (1 + 1 + 4)/3 = 2; error of values 0: mean of 1, 1, 16 = 6
  expect(metrics['returns/var']).toBeCloseTo(2)
  expect(metrics['val/error']).toBeCloseTo(6)
  expect(metrics['val/var_explained']).toBeCloseTo(0)
  expect(metrics['val/num_eos_tokens']).toBe(1)
  expect(metrics['response/length']).toBeCloseTo(1.5)
})

test('a pass is measured over all of its tokens', () => {
  const sums = emptySums()
  // Ratios 1 and 1.5: mean 1.25, variance .0625; ½·ln(1.5)²/2 = .0411; one of two beyond .2
  addPolicyTokens(sums, [-1, Math.log(1.5)], [-1, 0], [2, 4], { clipRange: 0.2, logRatioClamp: 20 })
  addValueTokens(sums, [0.1, 0.5], [0, 0], 0.2)
  sums.passes = 1
  const metrics = passMetrics(sums)
  expect(metrics['val/ratio']).toBeCloseTo(1.25)
  expect(metrics['val/ratio_var']).toBeCloseTo(0.0625)
  expect(metrics['policy/approxkl_avg']).toBeCloseTo(Math.log(1.5) ** 2 / 4)
  expect(metrics['policy/clipfrac_avg']).toBeCloseTo(0.5)
  expect(metrics['val/clipfrac_avg']).toBeCloseTo(0.5)
  expect(metrics['policy/entropy_avg']).toBeCloseTo(3)
})

test('a skipped minibatch counts in ratios and tokens, and not in losses and values held back', () => {
  const sums = emptySums()
  const before = { ...sums }
  addPolicyTokens(sums, [Math.log(3)], [0], [1], { clipRange: 0.2, logRatioClamp: 20 })
  addValueTokens(sums, [1], [0], 0.2)
  Object.assign(sums, { valueLoss: 2, ptxLoss: 3 })
  takeBack(sums, before)
  expect(sums).toMatchObject({ tokens: 1, clipped: 1, valueClipped: 0, valueLoss: 0, ptxLoss: 0 })
  expect(sums.ratio).toBeCloseTo(3)
})
