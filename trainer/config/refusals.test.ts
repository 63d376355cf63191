import { describe, expect, test } from 'vitest'
import { parseSpec, type RecipeKind } from '#trainer/config.ts'

/** Settings that would do nothing, or not what they say, are refused before anything is read. */

const sampling = { policy: 'p', reward: 'r', data: { train: 't' } }

const refused = (kind: RecipeKind, spec: object, hint: RegExp) =>
  expect(() => parseSpec(kind, spec)).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', hint: expect.stringMatching(hint) }),
  )

test('k1 in the loss, whose gradient is 0 on the average, is refused, and k2 or k3 is not', () => {
  refused('ppo', { ...sampling, klPlacement: 'loss' }, /take k2 or k3/)
  for (const klEstimator of ['k2', 'k3'])
    expect(parseSpec('ppo', { ...sampling, klPlacement: 'loss', klEstimator }).klEstimator).toBe(klEstimator)
  expect(parseSpec('ppo', { ...sampling, klEstimator: 'k1' }).klPlacement).toBe('reward')
})

test('a controller of a coefficient of 0 is refused', () => {
  refused('ppo', { ...sampling, klCoefficient: 0, adaptiveKl: {} }, /0 stays 0/)
  expect(parseSpec('ppo', { ...sampling, klCoefficient: 0 }).klCoefficient).toBe(0)
})

describe.each(['ppo', 'reinforce', 'rloo', 'grpo', 'trpo', 'raft'] as const)('%s', (kind) => {
  test('a gold judge without its guard is refused, and so are two', () => {
    const withData = (data: object, more: object = {}) => ({
      ...{ ...sampling, ...more },
      data: { train: 't', ...data },
    })
    refused(kind, withData({ goldReward: 'g' }), /give goldGuard/)
    refused(kind, withData({ goldRubric: 'g' }), /give goldGuard/)
    refused(kind, withData({ goldReward: 'g', goldRubric: 'h' }, { goldGuard: {} }), /one judge/)
    refused(kind, withData({}, { goldGuard: {} }), /data.goldReward or data.goldRubric/)
    expect(parseSpec(kind, withData({ goldReward: 'g' }, { goldGuard: {} })).goldGuard!.every).toBe(10)
  })
})

test('a tie parameter is refused where the loss has none', () => {
  const reward = { model: 'm', data: { train: 't' }, tieParameter: 2 }
  for (const loss of ['bradley-terry', 'k-wise', 'plackett-luce'])
    refused('reward', { ...reward, loss }, /only the losses rao-kupper and davidson/)
  for (const loss of ['rao-kupper', 'davidson'])
    expect(parseSpec('reward', { ...reward, loss }).tieParameter).toBe(2)
})

test('a learning rate of a value model is refused where the baseline is none', () => {
  const own = { ...sampling, valueLearningRate: 1e-3 }
  for (const baseline of ['average', 'none']) refused('reinforce', { ...own, baseline }, /baseline "value"/)
  expect(parseSpec('reinforce', own).valueLearningRate).toBe(1e-3)
})
