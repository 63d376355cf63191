import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { leftPad } from '#trainer/text/padding.ts'
import { strongParameters, tinyConfigs } from './checks.ts'
import { decodeStep, keepRows, prefill } from './decode.ts'
import { hiddenStates } from './hidden-states.ts'
import type { Parameters } from './transformer.ts'

beforeAll(() => startEngine('auto'))

const queries = [[3, 4, 5, 6, 7], [8], [9, 10, 11]]
const continuation = [
  [12, 13, 14],
  [15, 16, 17],
  [18, 2, 3],
]

function expectClose(actual: number[], expected: number[]): void {
  expect(Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-4)
}

const rowsOf = (hidden: tf.Tensor2D) => hidden.arraySync()

describe.each(tinyConfigs)('%s', (_, config) => {
  let parameters: Parameters
  beforeAll(() => {
    parameters = strongParameters(config, 5)
  })

  function batchOf(sequences: number[][], length?: number) {
    const { tokens, mask, rows, length: T } = leftPad(sequences, config.padTokenId, length)
    return { tokens: tf.tensor2d(tokens, [rows, T], 'int32'), mask: tf.tensor2d(mask, [rows, T]) }
  }

  /** The hidden state of a sequence's last token, computed alone and without a cache. */
  function lastHidden(sequence: number[]): number[] {
    return tf.tidy(() => {
      const hidden = hiddenStates(config, parameters, batchOf([sequence])) // [1, T, width]
      return Array.from(hidden.dataSync().slice(-config.width))
    })
  }

  describe('decoding with a key-value cache', () => {
    it('equals the uncached model on every row, whatever its left padding', () => {
      const before = tf.memory().numTensors
      for (const length of [5, 9]) {
        const batch = batchOf(queries, length)
        const { cache, hidden } = prefill(config, parameters, batch)
        for (const [row, state] of rowsOf(hidden).entries()) expectClose(state, lastHidden(queries[row]!))
        for (let position = 0; position < 3; position++) {
          const next = decodeStep(
            config,
            parameters,
            cache,
            continuation.map((tokens) => tokens[position]!),
          )
          for (const [row, state] of rowsOf(next).entries()) {
            expectClose(state, lastHidden([...queries[row]!, ...continuation[row]!.slice(0, position + 1)]))
          }
          next.dispose()
        }
        cache.dispose()
        tf.dispose([batch, hidden])
      }
      expect(tf.memory().numTensors).toBe(before)
    })

    it('goes on with some of the rows', () => {
      const { cache } = prefill(config, parameters, batchOf(queries))
      decodeStep(config, parameters, cache, [12, 15, 18])
      keepRows(cache, [2, 0])
      const [third, first] = rowsOf(decodeStep(config, parameters, cache, [2, 13]))
      expectClose(third!, lastHidden([9, 10, 11, 18, 2]))
      expectClose(first!, lastHidden([3, 4, 5, 6, 7, 12, 13]))
    })
  })

  describe('the transformer', () => {
    it('gives the same states whatever the padding, left or right', () => {
      const alone = lastHidden([3, 4, 5])
      const tokens = tf.tensor2d([0, 0, 3, 4, 5, 0], [1, 6], 'int32')
      const mask = tf.tensor2d([[0, 0, 1, 1, 1, 0]])
      const hidden = hiddenStates(config, parameters, { tokens, mask }).arraySync()
      expectClose(hidden[0]![4]!, alone)
    })

    it('does not look at later tokens', () => {
      const a = hiddenStates(config, parameters, batchOf([[3, 4, 5, 6]])).arraySync()
      const b = hiddenStates(config, parameters, batchOf([[3, 4, 9, 9]])).arraySync()
      expectClose(a[0]![1]!, b[0]![1]!)
      expect(a[0]![2]).not.toEqual(b[0]![2])
    })

    it('takes rows that fill all positions, with padding behind others', () => {
      const T = config.maxPositions
      const tokens = tf.ones([2, T], 'int32') as tf.Tensor2D
      const mask = tf.tensor2d([...Array(T).fill(1), 1, ...Array(T - 1).fill(0)], [2, T])
      const hidden = hiddenStates(config, parameters, { tokens, mask })
      expect(hidden.dataSync().every(Number.isFinite)).toBe(true)
    })
  })
})
