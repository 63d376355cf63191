import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FusedDecodeRequest } from '#trainer/engine/fused.ts'
import { startEngine } from '#trainer/engine/start.ts'
import { strongParameters, tinyConfigs } from '#trainer/nn/checks.ts'
import { uniform } from '#trainer/rlhf/philox.ts'
import { leftPad } from '#trainer/text/padding.ts'
import type { TorchBackend } from './backend.ts'
import { decodeBy } from './fused.ts'

const engine = await startEngine('auto')
beforeAll(() => tf.setBackend(engine.name))

const fourQueries = [[3, 4, 5, 6], [7], [8, 9, 10], [11, 12]]

function requestOf(
  config: FusedDecodeRequest['config'],
  options: Partial<FusedDecodeRequest>,
  queries = fourQueries,
) {
  const { tokens, rows, length } = leftPad(queries, config.padTokenId)
  const responseLength = 18
  const uniforms = Float64Array.from({ length: rows * responseLength }, (_, place) =>
    uniform(4, 'sampling', 2, Math.floor(place / responseLength), place % responseLength),
  )
  const lengths = Int32Array.from(queries, (query) => query.length)
  return {
    ...{ config, parameters: strongParameters(config, 8), tokens, lengths, rows, length, responseLength },
    ...{ temperature: 0.9, topK: 0, topP: 1, uniforms, stopAtEos: true, values: false, ...options },
  }
}

/** The CPU's tokens and log-probabilities are those of libtorch alone. */
function expectTheSame(request: FusedDecodeRequest): void {
  const backend = tf.backend() as TorchBackend
  const there = decodeBy(backend, request, { onDevice: true })
  const here = decodeBy(backend, request)
  expect(there.lengths).toEqual(here.lengths)
  for (const [row, length] of here.lengths.entries()) {
    const of = <T extends Int32Array | Float32Array>(all: T) =>
      all.subarray(row * request.responseLength, row * request.responseLength + length)
    expect([...of(there.tokens)]).toEqual([...of(here.tokens)])
    for (const [i, logProb] of of(here.logProbs).entries())
      expect(of(there.logProbs)[i]).toBeCloseTo(logProb, 4)
  }
}

describe.skipIf(engine.name !== 'torch')('decoding by libtorch alone, as on a GPU', () => {
  describe.each(tinyConfigs)('of %s', (_, config) => {
    it.each([
      ['with all tokens', {}],
      ['with the likeliest seven', { topK: 7 }],
      ['with nine tenths of the probability', { topP: 0.9 }],
      ['greedily', { temperature: 0 }],
      ['without stopping', { stopAtEos: false }],
    ])('draws the tokens that the CPU draws, %s', (_, options) => {
      expectTheSame(requestOf(config, options))
    })
  })

  // Columns that fill no panel, odd sizes, and rows that leave a block of them half empty.
  it.each([1, 2, 3, 5, 9, 17])('draws the same for %i rows of a model whose sizes are odd', (rows) => {
    const [, config] = tinyConfigs[0]!
    const odd = { ...config, width: 15, heads: 3, mlpWidth: 7, vocabSize: 53 } as typeof config
    const own = Array.from({ length: rows }, (_, row) => fourQueries[row % 4]!.map((token) => token + row))
    expectTheSame(requestOf(odd, { stopAtEos: false }, own))
  })
})
