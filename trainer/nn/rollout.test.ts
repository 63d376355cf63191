import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { strongParameters, tinyConfigs } from './checks.ts'
import { addHead, scalarHead } from './heads.ts'
import { hiddenStates } from './hidden-states.ts'
import { generate } from './rollout.ts'
import { type Parameters, type TransformerConfig, tokenLogits } from './transformer.ts'

beforeAll(() => startEngine('auto'))

const queries = [[3, 4, 5], [6], [7, 8, 9, 10, 11], [12, 13], [3], [14, 15, 16]]
const options = { responseLength: 8, temperature: 0.8, seed: 5, step: 3, stopAtEos: true }

describe.each(tinyConfigs)('%s', (_, config) => {
  let model: { config: TransformerConfig; parameters: Parameters }
  beforeAll(() => {
    model = { config, parameters: strongParameters(config, 8) }
  })

  describe('generate', () => {
    it('gives a row the same tokens whatever the batch size, the order and its neighbours', () => {
      const whole = generate(model, queries, options)
      expect(generate(model, queries, { ...options, batchSize: 2 }).responses).toEqual(whole.responses)
      for (const row of [1, 4]) {
        const alone = generate(model, [queries[row]!], { ...options, firstRow: row })
        expect(alone.responses[0]).toEqual(whole.responses[row])
      }
      expect(generate(model, queries, { ...options, step: 4 }).responses).not.toEqual(whole.responses)
    })

    it('reports the log-probabilities of the scaled distribution of the uncached model', () => {
      const { responses, logProbs } = generate(model, [queries[0]!], options)
      const sequence = [...queries[0]!, ...responses[0]!]
      const tokens = tf.tensor2d(sequence, [1, sequence.length], 'int32')
      const hidden = hiddenStates(config, model.parameters, { tokens, mask: tf.ones([1, sequence.length]) })
      const logits = tf.div(tokenLogits(config, model.parameters, hidden), options.temperature)
      const all = (tf.logSoftmax(logits) as tf.Tensor3D).arraySync()[0]!
      for (const [i, token] of responses[0]!.entries()) {
        expect(logProbs[0]![i]).toBeCloseTo(all[queries[0]!.length - 1 + i]![token]!, 3)
      }
    })

    it('ends a row with its EOS, or fills the whole length when told not to stop', () => {
      const stopped = generate(model, queries, { ...options, responseLength: 18 })
      for (const response of stopped.responses) {
        const end = response.indexOf(config.eosTokenId)
        expect(end === -1 ? 18 : end + 1).toBe(response.length)
      }
      expect(stopped.responses.some((response) => response.length < 18)).toBe(true)
      const full = generate(model, queries, { ...options, stopAtEos: false })
      expect(full.responses.every((response) => response.length === 8)).toBe(true)
      expect(full.logProbs.every((values) => values.length === 8)).toBe(true)
    })

    it('measures the scalar head on the state in which each token was chosen', () => {
      const parameters = new Map(model.parameters)
      addHead(parameters, 'reward', config.width, 4)
      const asked = { ...options, values: true }
      const { responses, values } = generate({ config, parameters }, queries, asked)
      expect(responses).toEqual(generate(model, queries, options).responses)
      const sequence = [...queries[2]!, ...responses[2]!]
      const tokens = tf.tensor2d(sequence, [1, sequence.length], 'int32')
      const hidden = hiddenStates(config, parameters, { tokens, mask: tf.ones([1, sequence.length]) })
      const expected = scalarHead(parameters, hidden)
        .dataSync()
        .slice(queries[2]!.length - 1, -1)
      expect(values![2]).toHaveLength(expected.length)
      for (const [i, value] of expected.entries()) expect(values![2]![i]).toBeCloseTo(value, 4)
      expect(() => generate(model, queries, asked)).toThrow(/no scalar head/)
    })

    it('leaves no tensor behind', () => {
      const before = tf.memory().numTensors
      generate(model, queries, options)
      expect(tf.memory().numTensors).toBe(before)
    })

    it('refuses a query that does not fit with its response, naming both lengths', () => {
      const long = Array(20).fill(3)
      expect(() => generate(model, [long], options)).toThrow(
        /20 tokens; with a response of 8 .* 24 positions/,
      )
      expect(() => generate(model, [[]], options)).toThrow(/no tokens/)
    })
  })
})
