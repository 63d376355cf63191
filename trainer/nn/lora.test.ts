import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { leftPad } from '#trainer/text/padding.ts'
import { createAdam } from './adam.ts'
import type { LoraConfig } from './blocks.ts'
import { checkGradients, strongParameters, tinyConfig, tinyConfigs, tinyLlama } from './checks.ts'
import { withoutFused } from './fused.ts'
import { disposeGradients, gradients } from './gradients.ts'
import { addHead } from './heads.ts'
import { hiddenStates } from './hidden-states.ts'
import { addLora, isTrainable, mergedParameters, withoutAdapter } from './lora.ts'
import { type Parameters, parameterShapes, type TransformerConfig, tokenLogits } from './transformer.ts'

beforeAll(() => startEngine('auto'))

const lora: LoraConfig = { rank: 3, alpha: 6, targets: 'all-linear' }

/** A model with an adapter whose B is not 0; the rest is strongParameters(base, 5). */
function adapted<C extends TransformerConfig>(base: C, settings = lora) {
  const config = { ...base, adapter: settings }
  return { config, parameters: strongParameters(config, 5) }
}

const trainable = (config: TransformerConfig, parameters: Parameters): Parameters =>
  new Map([...parameters].filter(([name]) => isTrainable(config, name)))

function batchOf(rows: number[][]) {
  const { tokens, mask, length } = leftPad(rows, 0)
  const shape: [number, number] = [rows.length, length]
  return { tokens: tf.tensor2d(tokens, shape, 'int32'), mask: tf.tensor2d(mask, shape) }
}
const batch = () => batchOf([[3, 4, 5, 6, 7], [8], [9, 10, 11]])

function logitsOf(config: TransformerConfig, parameters: Parameters): Float32Array {
  return tf.tidy(() => {
    const given = batch()
    const all = tokenLogits(config, parameters, hiddenStates(config, parameters, given))
    return tf.mul(all, tf.expandDims(given.mask, -1)).dataSync() as Float32Array
  })
}

function difference(actual: Float32Array, expected: Float32Array): number {
  const scale = Math.max(...expected.map(Math.abs))
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / scale
}

describe.each(tinyConfigs.filter(([, { adapter }]) => !adapter))('an adapter of %s', (_, base) => {
  it('begins as the model that it is added to, exactly', () => {
    const parameters = strongParameters(base, 5)
    const before = logitsOf(base, parameters)
    const config = addLora(base, parameters, lora, 9)
    expect([...parameters.keys()]).toEqual([...parameterShapes(config).keys()])
    expect(logitsOf(config, parameters)).toEqual(before)
  })

  it('gives the logits of the weights that it is merged into, and without it those of the model', () => {
    const { config, parameters } = adapted(base)
    const plain = logitsOf(base, strongParameters(base, 5))
    const merged = mergedParameters(config, parameters)
    expect([...merged.keys()]).toEqual([...parameterShapes(base).keys()])
    const logits = logitsOf(config, parameters)
    expect(difference(logits, logitsOf(withoutAdapter(config), merged))).toBeLessThan(1e-5)
    expect(difference(logits, plain)).toBeGreaterThan(0.05)
    expect(logitsOf(withoutAdapter(config), onlyBase(config, parameters))).toEqual(plain)
    tf.dispose([...merged.values()])
    expect(difference(logitsOf(config, parameters), logits)).toBe(0)
  })

  it('has the gradients of its difference quotients', () => {
    const { config, parameters } = adapted(base)
    const names = [...trainable(config, parameters).keys()].filter((_, i) => i % 5 < 2)
    const given = batch()
    const check = () =>
      checkGradients(
        (inputs) => {
          const all = new Map(parameters) as Map<string, tf.Tensor>
          for (const [i, name] of names.entries()) all.set(name, inputs[i]!)
          return tf.mul(
            hiddenStates(config, all as unknown as Parameters, given),
            tf.expandDims(given.mask, -1),
          )
        },
        names.map((name) => parameters.get(name)!),
        { probes: 1 },
      )
    withoutFused(check)
  })

  it('leaves the model as it was when it learns, with the same adapter beside it', () => {
    const { config, parameters } = adapted(base)
    const frozen = onlyBase(config, parameters)
    const before = new Map([...frozen].map(([name, value]) => [name, value.dataSync().slice()]))
    const other = new Map(frozen)
    const otherConfig = addLora(base, other, { ...lora, rank: 2 }, 10)
    const learners = trainable(config, parameters)
    const otherLogits = logitsOf(otherConfig, other)
    const [logits, tensors] = [logitsOf(config, parameters), tf.memory().numTensors]
    const adam = createAdam(learners, { weightDecay: 0.1 })
    for (let step = 0; step < 2; step++) {
      const pass = gradients(
        () => ({ loss: tf.mean(hiddenStates(config, parameters, batch())) as tf.Scalar }),
        learners,
      )
      expect([...pass.gradients.keys()]).toEqual([...learners.keys()])
      adam.step(pass.gradients, 0.01)
      disposeGradients(pass.gradients)
    }
    adam.dispose()
    for (const [name, value] of frozen) expect(value.dataSync(), name).toEqual(before.get(name))
    expect(logitsOf(otherConfig, other)).toEqual(otherLogits)
    expect(difference(logitsOf(config, parameters), logits)).toBeGreaterThan(1e-3)
    expect(tf.memory().numTensors).toBe(tensors)
  })
})

function onlyBase(config: TransformerConfig, parameters: Parameters): Parameters {
  return new Map([...parameters].filter(([name]) => parameterShapes(withoutAdapter(config)).has(name)))
}

it('only the adapter and a scalar head learn', () => {
  const { config, parameters } = adapted(tinyLlama, { ...lora, targets: ['q_proj', 'mlp.down_proj'] })
  addHead(parameters, 'value', config.width, 1)
  const names = ['self_attn.q_proj', 'mlp.down_proj'].flatMap((layer) =>
    [0, 1].flatMap((i) => ['A', 'B'].map((letter) => `model.layers.${i}.${layer}.lora_${letter}.weight`)),
  )
  const learners = trainable(config, parameters)
  expect([...learners.keys()].sort()).toEqual([...names, 'classifier.weight', 'classifier.bias'].sort())
  expect(learners.get('model.layers.0.mlp.down_proj.lora_A.weight')!.shape).toEqual([3, 20])
  expect(learners.get('model.layers.0.mlp.down_proj.lora_B.weight')!.shape).toEqual([12, 3])
  expect(isTrainable(tinyLlama, 'model.norm.weight')).toBe(true)
})

it('a suffix names each layer that ends so: of GPT-2 c_proj of attention and MLP', () => {
  const { parameters } = adapted(tinyConfig, { ...lora, targets: ['c_proj'] })
  const own = [...parameters.keys()].filter((name) => name.includes('lora_A'))
  expect(own).toEqual(
    [0, 1].flatMap((i) => ['attn', 'mlp'].map((part) => `transformer.h.${i}.${part}.c_proj.lora_A.weight`)),
  )
  expect(parameters.get('transformer.h.0.mlp.c_proj.lora_A.weight')!.shape).toEqual([3, 20])
})

it('A begins uniform in ±1/√in, of the seed alone', () => {
  const wide = { ...tinyLlama, width: 400 }
  const a = (seed: number) => {
    const parameters: Parameters = new Map()
    addLora(wide, parameters, { ...lora, rank: 8 }, seed)
    return parameters.get('model.layers.1.self_attn.k_proj.lora_A.weight')!.dataSync() as Float32Array
  }
  const values = a(3)
  // Of 3200 numbers in ±0.05 the largest is near the bound, and the variance is 0.05²/3.
  expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.0499)
  expect(Math.max(...values.map(Math.abs))).toBeLessThan(0.05)
  expect(values.reduce((sum, value) => sum + value ** 2, 0) / values.length / (0.05 ** 2 / 3)).toBeCloseTo(
    1,
    1,
  )
  expect(a(3)).toEqual(values)
  expect(a(4)).not.toEqual(values)
})

it('with rsLora is divided by the root of the rank', () => {
  const { config, parameters } = adapted(tinyLlama, { ...lora, rank: 4 })
  // 6/√4 = 12/4
  const rooted = { ...config, adapter: { ...config.adapter!, rsLora: true } }
  const doubled = { ...config, adapter: { ...config.adapter!, alpha: 12 } }
  expect(logitsOf(rooted, parameters)).toEqual(logitsOf(doubled, parameters))
})

it.each([
  [{ rank: 0 }, "the adapter's rank is 0, expected a positive integer"],
  [{ alpha: Number.NaN }, "the adapter's alpha is NaN, expected a positive number"],
  [{ targets: [] }, 'the adapter has no targets'],
  [{ targets: ['q_proj', 'lm_head'] }, "the adapter's target lm_head is no linear layer of the model"],
])('an adapter is refused where it fits no model: %j', (settings, message) => {
  expect(() => addLora(tinyLlama, new Map(), { ...lora, ...settings }, 1)).toThrow(
    expect.objectContaining({ code: 'INVALID_ADAPTER', message }),
  )
})
