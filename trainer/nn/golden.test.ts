import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { hiddenStates } from './hidden-states.ts'
import type { LlamaConfig } from './llama.ts'
import { rotary } from './rotary.ts'
import {
  makeVariable,
  type Parameters,
  parameterShapes,
  type TransformerConfig,
  tokenLogits,
} from './transformer.ts'

interface Golden {
  tokens: number[][]
  mask: number[][]
  /** The logits of all tokens, padding left out. */
  models: { name: string; config: TransformerConfig; logits: number[] }[]
  rotaries: { name: string; config: LlamaConfig; frequencies: number[]; factor: number }[]
}

const golden: Golden = JSON.parse(readFileSync(new URL('fixtures/logits.json', import.meta.url), 'utf8'))

beforeAll(() => startEngine('auto'))

/** As fixtures/make.py fills the model there: by name, then by place. */
function fixtureParameters(config: TransformerConfig): Parameters {
  const parameters: Parameters = new Map()
  const shapes = [...parameterShapes(config)].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [index, [name, shape]] of shapes.entries()) {
    const offset = shape.length === 1 && name.endsWith('.weight') ? 1 : 0
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, place) => {
      return ((place * place * 7919 + place * 104729 + index * 1299709) % 65537) / 65537 - 0.5 + offset
    })
    parameters.set(name, makeVariable(values, shape))
  }
  return parameters
}

describe('the logits are those of Hugging Face and PEFT', () => {
  it.each(golden.models)('for $name', ({ config, logits }) => {
    const tokens = tf.tensor2d(golden.tokens, undefined, 'int32')
    const mask = tf.tensor2d(golden.mask)
    const parameters = fixtureParameters(config)
    const all = tokenLogits(config, parameters, hiddenStates(config, parameters, { tokens, mask }))
    const rows = (tf.reshape(all, [-1, config.vocabSize]) as tf.Tensor2D).arraySync()
    const places = golden.mask.flat().flatMap((isToken, place) => (isToken ? [place] : []))
    const actual = places.flatMap((place) => rows[place]!)
    expect(actual.length).toBe(logits.length)
    const scale = Math.max(...logits.map(Math.abs))
    for (const [i, expected] of logits.entries())
      expect(Math.abs(actual[i]! - expected) / scale, `logit ${i}`).toBeLessThan(1e-4)
  })
})

describe('the frequencies of rotary positions are those of Hugging Face', () => {
  it.each(golden.rotaries)('for $name', ({ config, frequencies, factor }) => {
    const actual = rotary(config)
    expect(actual.factor).toBeCloseTo(factor, 12)
    expect(actual.frequencies).toHaveLength(frequencies.length)
    // Hugging Face computes them in fp32.
    for (const [i, frequency] of frequencies.entries())
      expect(Math.abs(actual.frequencies[i]! / frequency - 1), `pair ${i}`).toBeLessThan(1e-6)
  })
})
