import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { checkGradients, tinyConfig } from './checks.ts'
import { addHead, scalarHead } from './heads.ts'
import { attend, gelu, layerNorm, linear, lookUp } from './layers.ts'
import { attentionBias, hiddenStates, initialiseTransformer, tokenLogits } from './transformer.ts'

beforeAll(() => startEngine('auto'))

let index = 0
const random = (...shape: number[]) => {
  const size = shape.reduce((product, length) => product * length, 1)
  return tf.tensor(normals(11, 'initialisation', index++, size, 1), shape)
}

describe('the gradients agree with finite differences', () => {
  it('of a linear layer', () => {
    checkGradients(([x, weight, bias]) => linear(x!, weight!, bias!), [random(5, 4), random(4, 3), random(3)])
  })

  it('of layer norm', () => {
    checkGradients(
      ([x, gain, bias]) => layerNorm(x!, gain!, bias!, 1e-5),
      [random(5, 7), random(7), random(7)],
    )
  })

  it('of gelu', () => {
    checkGradients(([x]) => gelu(x!), [random(6, 5)])
  })

  it('of attention with padding on both sides', () => {
    const mask = tf.tensor2d([
      [0, 1, 1, 1],
      [1, 1, 1, 0],
    ])
    const bias = attentionBias(mask)
    // What padding itself gathers has no meaning, so it is left out.
    const rows = tf.reshape(mask, [8, 1])
    const f = ([qkv]: tf.Tensor[]) => tf.mul(attend(qkv!, bias, { batch: 2, length: 4, heads: 3 }), rows)
    checkGradients(f, [random(8, 18)])
  })

  it('of the embedding, where a token occurs twice', () => {
    const indices = tf.tensor1d([2, 0, 2], 'int32')
    checkGradients(([table]) => lookUp(table as tf.Tensor2D, indices), [random(4, 3)])
  })

  it('of a scalar head', () => {
    const parameters = new Map()
    addHead(parameters, 'value', 6, 0)
    checkGradients(
      ([hidden, weight, bias]) => {
        const head = new Map([
          ['classifier.weight', weight],
          ['classifier.bias', bias],
        ])
        return scalarHead(head as never, hidden!)
      },
      [random(2, 3, 6), random(1, 6), random(1)],
    )
  })

  it('of the whole model', () => {
    const parameters = initialiseTransformer(tinyConfig, 5)
    const names = [...parameters.keys()]
    const tokens = tf.tensor2d(
      [
        [0, 3, 4, 5],
        [6, 7, 3, 0],
      ],
      [2, 4],
      'int32',
    )
    const mask = tf.tensor2d([
      [0, 1, 1, 1],
      [1, 1, 1, 0],
    ])
    // Ten times GPT-2's deviation, so that every part has a gradient well above rounding.
    const values = [...parameters.values()].map((value) =>
      value.rank > 1 ? tf.mul(value, 10) : tf.clone(value),
    )
    checkGradients(
      (inputs) => {
        const given = new Map(names.map((name, i) => [name, inputs[i]!])) as never
        const hidden = hiddenStates(tinyConfig, given, { tokens, mask })
        return tf.mul(tokenLogits(tinyConfig, given, hidden), tf.expandDims(mask, -1))
      },
      values,
      { probes: 4 },
    )
  })
})

describe('the layers', () => {
  it('compute GPT-2’s gelu', () => {
    // ½·1·(1 + tanh(√(2/π)·1.044715)) = 0.841192; gelu(−1) = 0.841192 − 1; gelu(0) = 0
    const [one, minusOne, zero] = gelu(tf.tensor1d([1, -1, 0])).dataSync()
    expect(one).toBeCloseTo(0.841192, 5)
    expect(minusOne).toBeCloseTo(-0.158808, 5)
    expect(zero).toBe(0)
  })

  it('normalise rows to mean 0 and deviation 1, then scale and shift', () => {
    // [1, 2, 3]: mean 2, deviation √(2/3) = 0.8165, normal ∓1.224745
    const out = layerNorm(
      tf.tensor2d([[1, 2, 3]]),
      tf.tensor1d([1, 1, 2]),
      tf.tensor1d([0, 5, 1]),
      0,
    ).dataSync()
    expect(out[0]).toBeCloseTo(-1.224745, 5)
    expect(out[1]).toBeCloseTo(5, 5)
    expect(out[2]).toBeCloseTo(3.44949, 5)
  })
})
