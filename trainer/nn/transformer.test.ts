import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { tinyConfig, tinyLlama } from './checks.ts'
import { fusedKernels, withoutFused } from './fused.ts'
import { checkConfig, headOf, initialiseTransformer, positionsOf, tokenLogits } from './transformer.ts'

beforeAll(() => startEngine('auto'))

const llama3 = {
  ...{ type: 'llama3' as const, factor: 8, originalMaxPositions: 8192 },
  ...{ lowFrequencyFactor: 1, highFrequencyFactor: 4 },
}
const yarn = { type: 'yarn' as const, factor: 4, originalMaxPositions: 8192, betaFast: 32, betaSlow: 1 }

describe('a configuration is refused', () => {
  it.each([
    [{ ...tinyConfig, layers: 0 }, 'layers is 0, expected a positive integer'],
    [{ ...tinyConfig, heads: 5 }, 'width 12 is not divisible by heads 5'],
    [{ ...tinyLlama, keyValueHeads: 3 }, 'heads 4 is not divisible by keyValueHeads 3'],
    [{ ...tinyLlama, keyValueHeads: 1.5 }, 'keyValueHeads is 1.5, expected a positive integer'],
    [{ ...tinyLlama, headDim: 5 }, 'headDim 5 is odd'],
    [{ ...tinyLlama, ropeTheta: -1 }, 'ropeTheta is -1, expected a positive number'],
    [
      { ...tinyLlama, ropeScaling: { type: 'linear', factor: 0 } as const },
      'ropeScaling.factor is 0, expected a positive number',
    ],
    [
      { ...tinyLlama, ropeScaling: { ...llama3, lowFrequencyFactor: 4 } },
      'ropeScaling.lowFrequencyFactor 4 is not below highFrequencyFactor 4',
    ],
    [
      { ...tinyLlama, ropeScaling: { ...yarn, betaFast: 0.5 } },
      'ropeScaling.betaFast 0.5 is below betaSlow 1',
    ],
  ])('where it fits no model: %#', (config, message) => {
    expect(() => checkConfig(config)).toThrow(
      expect.objectContaining({ code: 'INVALID_MODEL_SHAPE', message }),
    )
  })

  it('only then: the heads of a Llama need not divide its width', () => {
    checkConfig({ ...tinyLlama, width: 13 })
  })
})

it('fresh parameters have the deviations of their architecture, biases of 0 and gains of 1', () => {
  const shape = { width: 64, mlpWidth: 256, vocabSize: 300 }
  for (const config of [
    { ...tinyConfig, ...shape, heads: 4 },
    { ...tinyLlama, ...shape, headDim: 16 },
  ]) {
    for (const [name, value] of initialiseTransformer(config, 3)) {
      const numbers = value.dataSync()
      if (value.rank === 1) expect([...new Set(numbers)], name).toEqual([name.endsWith('.bias') ? 0 : 1])
      else {
        // Into the residual stream GPT-2 has 0.02/√(2·2 layers) = 0.01.
        const expected = name.endsWith('c_proj.weight') ? 0.01 : 0.02
        expect(Math.hypot(...numbers) / Math.sqrt(numbers.length) / expected, name).toBeCloseTo(1, 0.8)
      }
    }
  }
})

it('logits come from the embedding where it is tied, else from lm_head.weight', () => {
  const hidden = tf.ones([1, tinyLlama.width])
  for (const [config, name] of [
    [tinyConfig, 'transformer.wte.weight'],
    [tinyLlama, 'lm_head.weight'],
    [{ ...tinyLlama, tiedEmbeddings: true }, 'model.embed_tokens.weight'],
  ] as const) {
    const parameters = initialiseTransformer(config, 3)
    expect(headOf(config, parameters)).toBe(parameters.get(name))
    expect(parameters.has('lm_head.weight')).toBe(name === 'lm_head.weight')
    const sums = tf.sum(parameters.get(name)!, 1).dataSync()
    for (const [token, logit] of tokenLogits(config, parameters, hidden).dataSync().entries())
      expect(logit).toBeCloseTo(sums[token]!, 5)
  }
})

it('positions count the tokens before, whatever the padding, and stay below the last', () => {
  const mask = tf.tensor2d([
    [0, 0, 1, 1, 1],
    [1, 1, 1, 0, 0],
    [1, 1, 1, 1, 0],
  ])
  expect(positionsOf(mask, 4).arraySync()).toEqual([
    [0, 0, 0, 1, 2],
    [0, 1, 2, 3, 3],
    [0, 1, 2, 3, 3],
  ])
})

it('the references can be asked for, also by what fails', () => {
  const before = fusedKernels()
  expect(withoutFused(() => withoutFused(() => 1) + (fusedKernels() ? 1 : 0))).toBe(1)
  expect(() =>
    withoutFused(() => {
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(fusedKernels()).toBe(before)
})
