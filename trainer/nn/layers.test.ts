import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import type { Heads } from './blocks.ts'
import { checkGradients, strongParameters, tinyConfigs } from './checks.ts'
import { withoutFused } from './fused.ts'
import { addHead, scalarHead } from './heads.ts'
import { hiddenStates } from './hidden-states.ts'
import { attend, gelu, layerNorm, linear, lookUp, rmsNorm, rotate, splitHeads, swiglu } from './layers.ts'
import { attentionBias, tokenLogits } from './transformer.ts'

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
    const f = ([q, k, v]: tf.Tensor[]) => tf.mul(attend({ q, k, v } as Heads, bias), rows)
    checkGradients(f, [random(2, 4, 4, 3), random(2, 4, 4, 3), random(2, 4, 4, 3)])
    checkGradients(f, [random(2, 4, 4, 3), random(2, 2, 4, 3), random(2, 2, 4, 3)])
  })

  it('of the split into heads', () => {
    const joined = (x: tf.Tensor, length: number) =>
      tf.stack(splitHeads(x, { batch: 2, length, heads: 2, parts: 3 }))
    checkGradients(([x]) => joined(x!, 3), [random(6, 12)])
    checkGradients(([x]) => joined(x!, 1), [random(2, 12)])
  })

  it('of RMS norm', () => {
    checkGradients(([x, gain]) => rmsNorm(x!, gain!, 1e-5), [random(5, 7), random(7)])
  })

  it('of SwiGLU', () => {
    checkGradients(([gate, up]) => swiglu(gate!, up!), [random(6, 5), random(6, 5)])
  })

  it('of rotary positions', () => {
    const both = random(2, 1, 3, 2)
    const angles = tf.concat([both, both], -1)
    const f = ([x]: tf.Tensor[]) => rotate(x as tf.Tensor4D, { cos: tf.cos(angles), sin: tf.sin(angles) })
    checkGradients(f, [random(2, 3, 3, 4)])
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

  it.each(tinyConfigs)('of the whole %s', (_, config) => {
    const parameters = strongParameters(config, 5)
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
    const values = [...parameters.values()].map((value) => tf.clone(value as tf.Tensor))
    checkGradients(
      (inputs) => {
        const given = new Map(names.map((name, i) => [name, inputs[i]!])) as never
        const hidden = withoutFused(() => hiddenStates(config, given, { tokens, mask }))
        return tf.mul(tokenLogits(config, given, hidden), tf.expandDims(mask, -1))
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

  it('scale rows to mean square 1', () => {
    // [1, 2, 2]: mean square 3, so [1, 2, 2]/1.732051 times the gain
    const out = rmsNorm(tf.tensor2d([[1, 2, 2]]), tf.tensor1d([1, 1, 3]), 0).dataSync()
    expect(out[0]).toBeCloseTo(0.57735, 5)
    expect(out[2]).toBeCloseTo(3.464102, 5)
  })

  it('turn pairs half a head apart', () => {
    // (3, 4) turned by 90°: (−4, 3); the second pair (5, 6) stays.
    const x = tf.tensor4d([3, 5, 4, 6], [1, 1, 1, 4])
    const angles = tf.tensor4d([Math.PI / 2, 0, Math.PI / 2, 0], [1, 1, 1, 4])
    const out = rotate(x, { cos: tf.cos(angles), sin: tf.sin(angles) }).dataSync()
    for (const [i, expected] of [-4, 5, 3, 6].entries()) expect(out[i]).toBeCloseTo(expected, 5)
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
