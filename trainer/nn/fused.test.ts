import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { leftPad, rightPad } from '#trainer/text/padding.ts'
import { createAdam } from './adam.ts'
import { strongParameters, tinyAdapted, tinyConfig, tinyConfigs, tinyLlama } from './checks.ts'
import { fusedKernels, withoutFused } from './fused.ts'
import { clipGlobalNorm, disposeGradients, globalNorm, gradients } from './gradients.ts'
import { addHead } from './heads.ts'
import { hiddenStates } from './hidden-states.ts'
import { isTrainable } from './lora.ts'
import { type GenerateOptions, generate } from './rollout.ts'
import { klDivergence, tokenLogProbs } from './token-probabilities.ts'
import {
  headOf,
  makeVariable,
  type Parameters,
  type TokenBatch,
  type TransformerConfig,
} from './transformer.ts'

/** Every fused kernel against its reference, on an engine that has any (trainer/engine/fused.ts). */

const engine = await startEngine('auto')
const hasFused = fusedKernels() !== undefined

let index = 0
const random = <R extends tf.Rank>(...shape: number[]) =>
  tf.tensor<R>(
    normals(11, 'initialisation', index++, tf.util.sizeFromShape(shape), 1),
    shape as tf.ShapeMap[R],
  )

/** The largest difference, relative to the largest expected number. */
function difference(actual: tf.TypedArray, expected: tf.TypedArray): number {
  expect(actual).toHaveLength(expected.length)
  let [apart, scale] = [0, 1e-6]
  for (const [i, value] of expected.entries()) {
    if (!Number.isFinite(actual[i]!)) return Number.POSITIVE_INFINITY
    apart = Math.max(apart, Math.abs(actual[i]! - value))
    scale = Math.max(scale, Math.abs(value))
  }
  return apart / scale
}

/** The length of the difference, relative to the expected length. */
function distance(actual: tf.TypedArray, expected: tf.TypedArray): number {
  expect(actual).toHaveLength(expected.length)
  const apart = expected.map((value, i) => value - actual[i]!)
  return Math.hypot(...apart) / Math.max(Math.hypot(...expected), 1e-6)
}

type Measures = Map<string, tf.TypedArray>

function expectClose(actual: Measures, expected: Measures, tolerance: number, measure = difference): void {
  expect([...actual.keys()]).toEqual([...expected.keys()])
  for (const [name, values] of expected)
    expect(measure(actual.get(name)!, values), name).toBeLessThanOrEqual(tolerance)
}

const rows = [[3, 4, 5, 6, 7, 8, 2], [9], [10, 11, 12, 13], [14, 15, 16, 17, 18]]
const whole = rows.map((_, row) => Array.from({ length: 7 }, (_, i) => 2 + ((5 * row + 3 * i) % 17)))
const paddings = {
  'no padding': () => batchOf(rightPad(whole, 0)),
  'no padding, said to be right-padded': () => ({ ...batchOf(rightPad(whole, 0)), rightPadded: true }),
  'padding on the left': () => batchOf(leftPad(rows, 0)),
  'padding on the right': () => ({ ...batchOf(rightPad(rows, 0)), rightPadded: true }),
  'padding on the right, unsaid': () => batchOf(rightPad(rows, 0)),
  'padding on both sides': () => {
    const { tokens, mask } = batchOf(leftPad(rows, 0, 8))
    const more: [number, number][] = [
      [0, 0],
      [0, 2],
    ]
    return { tokens: tf.pad(tokens, more), mask: tf.pad(mask, more) }
  },
}

function batchOf({ tokens, mask, rows, length }: ReturnType<typeof leftPad>): TokenBatch {
  return { tokens: tf.tensor2d(tokens, [rows, length], 'int32'), mask: tf.tensor2d(mask, [rows, length]) }
}

const learnersOf = (config: TransformerConfig, parameters: Parameters): Parameters =>
  new Map([...parameters].filter(([name]) => isTrainable(config, name)))

/** The hidden states of the tokens, and the gradients of all parameters that learn by a random projection of them. */
function measureHidden(config: TransformerConfig, parameters: Parameters, batch: TokenBatch): Measures {
  const [B, T] = batch.tokens.shape
  const weights = tf.tensor(normals(12, 'initialisation', 0, B * T * config.width, 1), [B, T, config.width])
  const measured: Measures = new Map()
  const { gradients: all } = gradients(
    () => {
      const hidden = hiddenStates(config, parameters, batch)
      const tokens = tf.mul(hidden, tf.expandDims(batch.mask, -1))
      measured.set('hidden', tokens.dataSync())
      return { loss: tf.sum(tf.mul(tokens, weights)) as tf.Scalar }
    },
    learnersOf(config, parameters),
  )
  for (const name of parameters.keys()) if (all.has(name)) measured.set(name, all.get(name)!.dataSync())
  disposeGradients(all)
  weights.dispose()
  return measured
}

/** The log-probabilities of the next tokens at a temperature, and the gradients of all parameters that learn by their weighted sum. */
function measureLikelihood(config: TransformerConfig, parameters: Parameters, checkpointing = false) {
  const measured: Measures = new Map()
  const { gradients: all } = gradients(
    () => {
      const padded = rightPad(rows, 0)
      const hidden = hiddenStates(config, parameters, {
        ...batchOf(padded),
        rightPadded: true,
        checkpointing,
      })
      const flat = tf.reshape(hidden, [-1, config.width]) as tf.Tensor2D
      const places = tf.tensor1d([0, 1, 2, 3, 4, 5, 14, 15, 16, 21, 22, 23, 24], 'int32')
      const tokens = tf.gather(tf.tensor1d(padded.tokens, 'int32'), tf.add(places, tf.scalar(1, 'int32')))
      const both = tokenLogProbs(config, parameters, tf.gather(flat, places), tokens as tf.Tensor1D, 0.7)
      measured.set('log-probabilities and entropies', both.dataSync())
      const weights = tf.linspace(-1, 2, 13)
      return { loss: tf.sum(tf.mul(tf.slice(both, [0, 0], [1, -1]), weights)) as tf.Scalar }
    },
    learnersOf(config, parameters),
  )
  for (const [name, gradient] of all) measured.set(name, gradient.dataSync())
  disposeGradients(all)
  return measured
}

/** What a function of tensors gives, and the gradient of its weighted sum by each of them. */
function measureFunction(f: (inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): Measures {
  const measured: Measures = new Map()
  const { value, grads } = tf.engine().gradients(() => {
    const values = f(inputs)
    measured.set('value', values.dataSync())
    const weights = tf.reshape(tf.linspace(-1, 2, values.size), values.shape)
    return tf.sum(tf.mul(values, weights)) as tf.Scalar
  }, inputs)
  for (const [i, gradient] of grads.entries()) measured.set(`gradient ${i}`, gradient.dataSync())
  tf.dispose([value, grads])
  return measured
}

describe.skipIf(!hasFused)(`the fused kernels of the engine "${engine.name}" equal their references`, () => {
  describe.each(tinyConfigs)('for %s', (_, config) => {
    it.each(Object.entries(paddings))('in hidden states and their gradients with %s', (_, batch) => {
      const parameters = strongParameters(config, 5)
      const given = batch()
      const expected = withoutFused(() => measureHidden(config, parameters, given))
      expectClose(measureHidden(config, parameters, given), expected, 1e-4)
      expectClose(measureHidden(config, parameters, { ...given, checkpointing: true }), expected, 1e-4)
    })

    it('in the likelihood of tokens and its gradients, with and without checkpointing', () => {
      const parameters = strongParameters(config, 6)
      const expected = withoutFused(() => measureLikelihood(config, parameters))
      const actual = measureLikelihood(config, parameters)
      expectClose(actual, expected, 1e-4)
      expectClose(measureLikelihood(config, parameters, true), actual, 1e-6)
    })

    it('in a model that takes all its positions', () => {
      const parameters = strongParameters(config, 7)
      const T = config.maxPositions
      const full = Array.from({ length: T }, (_, i) => 2 + (i % 17))
      const batch = { ...batchOf(rightPad([full, [5]], 0)), rightPadded: true }
      const expected = withoutFused(() => measureHidden(config, parameters, batch))
      expectClose(measureHidden(config, parameters, batch), expected, 1e-4)
    })
  })

  describe('in the log-probabilities, entropies and their gradients', () => {
    it.each([
      ['a few rows', 5, 12, 19, 1],
      ['one row', 1, 4, 3, 0.5],
      ['a temperature above 1', 33, 16, 100, 1.3],
      ['a long vocabulary', 150, 8, 20_011, 0.7],
      ['many rows', 3001, 8, 257, 0.7],
    ])('of %s', (_, N, width, V, temperature) => {
      const inputs = [random<tf.Rank.R2>(N, width), random<tf.Rank.R2>(V, width)]
      const tokens = tf.tensor1d(
        Array.from({ length: N }, (_, i) => (i * 7919) % V),
        'int32',
      )
      const config = { ...tinyConfig, vocabSize: V, width }
      const measure = () =>
        measureFunction(([hidden, head]) => {
          const parameters = new Map([['transformer.wte.weight', head]]) as unknown as Parameters
          return tokenLogProbs(config, parameters, hidden as tf.Tensor2D, tokens, temperature)
        }, inputs)
      expectClose(measure(), withoutFused(measure), 1e-4)
    })
  })

  it.each([
    ['a few rows', 5, 12, 19, 1],
    ['a long vocabulary', 60, 8, 20_011, 0.7],
  ])('in the divergence and its gradients, of %s', (_, N, width, V, temperature) => {
    const reference = { hidden: random<tf.Rank.R2>(N, width), head: random<tf.Rank.R2>(V, width) }
    // Near the reference, as a policy is.
    const near = (tensor: tf.Tensor) => tf.add(tensor, tf.mul(random(...tensor.shape), 0.3))
    const inputs = [near(reference.hidden), near(reference.head)]
    const measure = () =>
      measureFunction(
        ([hidden, head]) => klDivergence(hidden as tf.Tensor2D, head as tf.Tensor2D, reference, temperature),
        inputs,
      )
    expectClose(measure(), withoutFused(measure), 1e-4)
  })

  it('in the global norm, also where it is not finite', () => {
    const all = new Map<string, tf.Tensor>()
    all.set('a', random(300, 70)).set('b', random(1))
    all.set('c', tf.mul(random(5, 4, 3), 1e3))
    const expected = withoutFused(() => globalNorm(all))
    expect(globalNorm(all) / expected).toBeCloseTo(1, 5)
    expect(globalNorm(new Map())).toBe(0)
    expect(globalNorm(all.set('d', tf.tensor1d([1, Number.NaN])))).toBeNaN()
    expect(globalNorm(all.set('d', tf.tensor1d([Number.POSITIVE_INFINITY])))).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    ['tensorflow' as const, 0],
    ['tensorflow' as const, 0.1],
    ['torch' as const, 0],
    ['torch' as const, 0.1],
  ])('in steps of Adam, form %s, weight decay %f', (form, weightDecay) => {
    const run = () => {
      const parameters: Parameters = new Map()
      for (const [i, shape] of [[40, 30], [30], [7, 5], [1]].entries())
        parameters.set(
          `p${i}`,
          makeVariable(normals(3, 'initialisation', i, tf.util.sizeFromShape(shape), 1), shape),
        )
      const adam = createAdam(parameters, { form, weightDecay, beta1: 0.8, beta2: 0.99, epsilon: 1e-4 })
      for (let step = 0; step < 4; step++) {
        // Of sizes around ε, so that its place matters; p2 has no gradient every other time.
        const all = new Map<string, tf.Tensor>()
        for (const [name, { shape, size }] of parameters) {
          if (name === 'p2' && step % 2 === 1) continue
          all.set(name, tf.tensor(normals(4, 'initialisation', 10 * step + shape.length, size, 1e-3), shape))
        }
        adam.step(all, 0.01 * (step + 1))
        disposeGradients(all)
      }
      const after: Measures = new Map()
      for (const [name, value] of parameters) after.set(name, value.dataSync().slice())
      for (const [name, { values }] of adam.exportState()) after.set(name, values)
      return after
    }
    expectClose(run(), withoutFused(run), 1e-5)
  })

  describe.each(tinyConfigs)('in sampling from %s', (_, config) => {
    const queries = [[3, 4, 5], [6], [7, 8, 9, 10, 11], [12, 13], [3], [14, 15, 16]]
    const options: GenerateOptions = {
      responseLength: 12,
      temperature: 0.8,
      seed: 42,
      step: 3,
      stopAtEos: true,
    }
    const variants: Record<string, Partial<GenerateOptions>> = {
      'the whole distribution': {},
      'the five likeliest tokens': { topK: 5 },
      'more than there are': { topK: 500 },
      'the likeliest seven tenths': { topP: 0.7 },
      'both filters at once': { topK: 8, topP: 0.8, temperature: 1.5 },
      'the likeliest token': { temperature: 0 },
      'all positions, whatever the end': { stopAtEos: false, responseLength: 19 },
      'one token': { responseLength: 1 },
      'small batches of later rows': { batchSize: 2, firstRow: 40, seed: 2 ** 40 + 3 },
    }

    it.each(Object.entries(variants))('%s', (_, variant) => {
      const parameters = strongParameters(config, 8)
      addHead(parameters, 'reward', config.width, 9)
      const asked = { ...options, ...variant, values: true }
      const expected = withoutFused(() => generate({ config, parameters }, queries, asked))
      const actual = generate({ config, parameters }, queries, asked)
      expect(actual.responses).toEqual(expected.responses)
      const packed = ({ logProbs, values }: typeof actual): Measures =>
        new Map([
          ['log-probabilities', Float32Array.from(logProbs.flat())],
          ['values', Float32Array.from(values!.flat())],
        ])
      expectClose(packed(actual), packed(expected), 1e-4)
      expect(actual.values!.map(({ length }) => length)).toEqual(
        expected.responses.map(({ length }) => length),
      )
      expect(generate({ config, parameters }, queries, { ...asked, values: false })).toEqual({
        responses: actual.responses,
        logProbs: actual.logProbs,
      })
    })

    it('a value head with its bias', () => {
      const parameters = strongParameters(config, 8)
      addHead(parameters, 'value', config.width, 9)
      parameters.get('classifier.weight')!.assign(random(1, config.width))
      parameters.get('classifier.bias')!.assign(tf.tensor1d([0.5]))
      const ask = () => generate({ config, parameters }, queries, { ...options, values: true })
      const [actual, expected] = [ask(), withoutFused(ask)].map(({ values }) =>
        Float32Array.from(values!.flat()),
      )
      expect(difference(actual!, expected!)).toBeLessThan(1e-4)
    })
  })

  it('in the row and the position of logits that are not finite', () => {
    const parameters = strongParameters(tinyLlama, 8)
    const table = parameters.get('model.embed_tokens.weight')!
    const values = table.dataSync().slice()
    values[18 * tinyLlama.width] = Number.NaN // of token 18, which the third query has
    table.assign(tf.tensor(values, table.shape))
    const ask = () =>
      generate({ config: tinyLlama, parameters }, [[3, 4], [5], [6, 18]], {
        ...{ responseLength: 3, temperature: 1, seed: 1, step: 1, stopAtEos: true, firstRow: 7 },
      })
    const complaint = /row 9 has logits that are not finite at position 0/
    expect(() => withoutFused(ask)).toThrow(complaint)
    expect(ask).toThrow(complaint)
    expect(ask).toThrow(expect.objectContaining({ code: 'NON_FINITE_LOGITS' }))
  })
})

describe.skipIf(!hasFused)('in bf16', () => {
  afterEach(() => startEngine(engine.name, { precision: 'fp32' }))
  const sizes = { vocabSize: 211, width: 64, mlpWidth: 160 }

  it.each([
    ['GPT-2', { ...tinyConfig, ...sizes, heads: 4 }],
    ['Llama', { ...tinyLlama, ...sizes, headDim: 16 }],
    ['Qwen', { ...tinyLlama, ...sizes, headDim: 16, attentionBias: true, queryKeyNorm: true }],
    ['Llama with an adapter', { ...tinyAdapted, ...sizes, headDim: 16 }],
  ])('%s stays within 2 % of the reference in fp32', async (_, config) => {
    const parameters = strongParameters(config, 5, 1, 0.02)
    const batch = paddings['padding on the left']()
    const expected = withoutFused(() => measureHidden(config, parameters, batch))
    const likelihood = withoutFused(() => measureLikelihood(config, parameters))
    await startEngine(engine.name, { precision: 'bf16' })
    const actual = measureHidden(config, parameters, batch)
    expectClose(actual, expected, 2e-2, distance)
    expect(distance(actual.get('hidden')!, expected.get('hidden')!)).toBeGreaterThan(0)
    expectClose(measureLikelihood(config, parameters), likelihood, 2e-2, distance)
  })
})

describe.skipIf(!hasFused)('the fused kernels leave nothing behind', () => {
  it.each([
    ['GPT-2', tinyConfig],
    ['Llama with an adapter', tinyAdapted],
  ])('in two thousand steps of %s', (_, config: TransformerConfig) => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const parameters = strongParameters(config, 2, 1, 0)
    const learners = learnersOf(config, parameters)
    const adam = createAdam(learners)
    const full = Array.from({ length: config.maxPositions }, (_, i) => 2 + (i % 17))
    const padded = rightPad([full, full, [5], full], 0)
    const step = (i: number) => {
      const pass = gradients(() => {
        const given = { ...batchOf(padded), rightPadded: true, checkpointing: i % 2 === 1 }
        const hidden = tf.reshape(hiddenStates(config, parameters, given), [-1, config.width]) as tf.Tensor2D
        const tokens = tf.tensor1d(padded.tokens, 'int32')
        const both = tokenLogProbs(config, parameters, hidden, tokens, 1)
        const divergence = klDivergence(
          hidden,
          headOf(config, parameters),
          { hidden, head: headOf(config, parameters) },
          1,
          !config.adapter,
        )
        return { loss: tf.sub(tf.mean(divergence), tf.mean(tf.slice(both, [0, 0], [1, -1]))) as tf.Scalar }
      }, learners)
      clipGlobalNorm(pass.gradients, 1)
      adam.step(pass.gradients, 1e-3)
      disposeGradients(pass.gradients)
      if (i % 50 === 0)
        generate({ config, parameters }, [[3, 4], [5]], {
          ...{ responseLength: 5, temperature: 1, seed: 1, step: i, stopAtEos: false },
        })
    }
    const measure = () => {
      collect()
      const { numTensors, numDataBuffers } = tf.memory()
      return { numTensors, numDataBuffers, megabytes: process.memoryUsage().rss / 2 ** 20 }
    }
    for (let i = 0; i < 300; i++) step(i)
    const before = measure()
    for (let i = 300; i < 2000; i++) step(i)
    const after = measure()
    expect(after.numTensors).toBe(before.numTensors)
    expect(after.numDataBuffers).toBe(before.numDataBuffers)
    // The process takes some 80 MB over its first 2,000 steps and then no more; activations that stayed would take 400 MB.
    expect(after.megabytes - before.megabytes).toBeLessThan(150)
  })
})
