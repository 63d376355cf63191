import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { createAdam } from './adam.ts'
import { tinyConfigs } from './checks.ts'
import { accumulate, clipGlobalNorm, disposeGradients, type Gradients, gradients } from './gradients.ts'
import { hiddenStates } from './hidden-states.ts'
import {
  initialiseTransformer,
  makeVariable,
  type Parameters,
  type TransformerConfig,
  tokenLogits,
} from './transformer.ts'

beforeAll(() => startEngine('auto'))

const one = (value: number): Parameters => new Map([['p', makeVariable(Float32Array.of(value), [1])]])
const gradient = (value: number): Gradients => new Map([['p', tf.tensor1d([value])]])
const read = (parameters: Parameters) => parameters.get('p')!.dataSync()[0]!

describe('Adam', () => {
  // p = 1, g = 0.001, lr = 0.1, ε = 1e-5; m = 0.1·g = 1e-4, v = 0.001·g² = 1e-9, √v = 3.16228e-5.
  // TensorFlow: lr·√0.001/0.1 · m/(√v + ε) = 0.1·0.316228·1e-4/4.16228e-5 = 0.0759747 → 0.924025
  // PyTorch:    m̂ = g, √v̂ = g:  0.1·0.001/(0.001 + 1e-5) = 0.0990099 → 0.900990
  it.each([
    ['tensorflow' as const, 0.9240253],
    ['torch' as const, 0.9009901],
  ])('takes the first step of the form %s to %f', (form, expected) => {
    const parameters = one(1)
    createAdam(parameters, { form }).step(gradient(0.001), 0.1)
    expect(read(parameters)).toBeCloseTo(expected, 5)
  })

  // Second step with g = −0.002: m = 0.9·1e-4 − 2e-4 = −1.1e-4; v = 0.999e-9 + 4e-9 = 4.999e-9, √v = 7.07036e-5.
  // TensorFlow: 0.1·√0.001999/0.19 · −1.1e-4/8.07036e-5 = 0.0235317·−1.363012 = −0.0320740 → 0.9560993
  // PyTorch: ε·√0.001999 = 4.47102e-7:  0.0235317·−1.1e-4/7.11507e-5 = −0.0363806 → 0.9373707
  it.each([
    ['tensorflow' as const, 0.9560993],
    ['torch' as const, 0.9373707],
  ])('takes the second step of the form %s to %f', (form, expected) => {
    const parameters = one(1)
    const adam = createAdam(parameters, { form })
    adam.step(gradient(0.001), 0.1)
    adam.step(gradient(-0.002), 0.1)
    expect(read(parameters)).toBeCloseTo(expected, 5)
  })

  it('decays matrices, decoupled from the gradient, and leaves vectors', () => {
    const parameters: Parameters = new Map([
      ['matrix', makeVariable(Float32Array.of(2), [1, 1])],
      ['vector', makeVariable(Float32Array.of(2), [1])],
    ])
    const zero = new Map([
      ['matrix', tf.zeros([1, 1])],
      ['vector', tf.zeros([1])],
    ])
    createAdam(parameters, { weightDecay: 0.1 }).step(zero, 0.5)
    expect(parameters.get('matrix')!.dataSync()[0]).toBeCloseTo(1.9, 6) // 2·(1 − 0.5·0.1)
    expect(parameters.get('vector')!.dataSync()[0]).toBe(2)
  })

  it('goes on bit-exactly from an exported state', () => {
    const [a, b] = [one(1), one(1)]
    const first = createAdam(a)
    first.step(gradient(0.3), 0.1)
    const second = createAdam(b)
    b.get('p')!.assign(tf.tensor1d([read(a)]))
    second.importState(first.exportState())
    for (const adam of [first, second]) adam.step(gradient(-0.7), 0.1)
    expect(read(b)).toBe(read(a))
    expect(second.steps).toBe(2)
    expect(() => second.importState(new Map())).toThrow(/adam\.steps/)
  })
})

describe('gradients', () => {
  it('are clipped to the global norm and only when above it', () => {
    const make = (): Gradients =>
      new Map([
        ['a', tf.tensor1d([3])],
        ['b', tf.tensor1d([4])],
      ])
    const clipped = make()
    expect(clipGlobalNorm(clipped, 1)).toBeCloseTo(5, 5)
    expect(clipped.get('a')!.dataSync()[0]).toBeCloseTo(0.6, 5)
    expect(clipped.get('b')!.dataSync()[0]).toBeCloseTo(0.8, 5)
    const kept = make()
    clipGlobalNorm(kept, 6)
    expect(kept.get('b')!.dataSync()[0]).toBe(4)
  })

  it.each(tinyConfigs)('of micro-batches of %s add up to the gradient of the whole batch', (_, config) => {
    const parameters = initialiseTransformer(config, 2)
    const rows = [
      [3, 4, 5, 6],
      [7, 8, 9, 10],
      [11, 12, 13, 14],
      [15, 16, 17, 18],
    ]
    const of = (part: number[][]) => trainingGradients(config, parameters, part, rows.length).gradients
    const whole = of(rows)
    const summed = accumulate(accumulate(undefined, of(rows.slice(0, 1))), of(rows.slice(1)))
    for (const [name, expected] of whole) {
      const error = tf.max(tf.abs(tf.sub(expected, summed.get(name)!))).dataSync()[0]!
      expect(error).toBeLessThan(1e-5)
    }
  })

  it.each(tinyConfigs)('of %s keep the number of tensors over 50 steps, and the loss falls', (_, config) => {
    const parameters = initialiseTransformer(config, 2)
    const adam = createAdam(parameters)
    const step = () => {
      const { loss, metrics, gradients } = trainingGradients(
        config,
        parameters,
        [
          [3, 4, 5, 6],
          [7, 8, 9, 10],
        ],
        2,
      )
      clipGlobalNorm(gradients, 1)
      adam.step(gradients, 1e-2)
      disposeGradients(gradients)
      expect(metrics.logits).toBeTypeOf('number')
      return loss
    }
    const first = step()
    const before = tf.memory().numTensors
    let last = first
    for (let i = 0; i < 50; i++) last = step()
    expect(tf.memory().numTensors).toBe(before)
    expect(last).toBeLessThan(first / 3)
  })
})

/** Cross-entropy of the next token, summed over the rows and divided by `count` rows. */
function trainingGradients(
  config: TransformerConfig,
  parameters: Parameters,
  rows: number[][],
  count: number,
) {
  const T = rows[0]!.length
  const tokens = tf.tensor2d(rows, [rows.length, T], 'int32')
  const mask = tf.ones([rows.length, T]) as tf.Tensor2D
  const result = gradients(() => {
    const hidden = hiddenStates(config, parameters, { tokens, mask })
    const logits = tokenLogits(config, parameters, tf.slice(hidden, [0, 0, 0], [-1, T - 1, -1]))
    const targets = tf.oneHot(tf.slice(tokens, [0, 1]), config.vocabSize)
    const loss = tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), targets))), count * (T - 1))
    return { loss: loss as tf.Scalar, logits }
  }, parameters)
  tf.dispose([tokens, mask])
  return result
}
