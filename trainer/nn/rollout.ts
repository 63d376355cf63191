import * as tf from '@tensorflow/tfjs-core'
import type { FusedKernels } from '#trainer/engine/fused.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import { uniform } from '#trainer/rlhf/philox.ts'
import { nonFiniteLogits, type SamplingFilter, sampleTokens } from '#trainer/rlhf/sampling.ts'
import { leftPad, type PaddedBatch } from '#trainer/text/padding.ts'
import { decodeStep, keepRows, prefill } from './decode.ts'
import { fusedKernels } from './fused.ts'
import { scalarHead, scalarWeight } from './heads.ts'
import type { Parameters, TransformerConfig } from './transformer.ts'
import { tokenLogits } from './transformer.ts'

export interface GenerateOptions extends SamplingFilter {
  responseLength: number
  seed: number
  /** The trainer's step, part of every random number's key. */
  step: number
  /** The number of the first query in the whole work: the others follow. */
  firstRow?: number
  /** True: a row ends with its EOS (included). False: every response has responseLength tokens. */
  stopAtEos: boolean
  /** Rows computed at once. */
  batchSize?: number
  /** Also measure the model's scalar head on the state in which each token was chosen. */
  values?: boolean
}

export interface Responses {
  responses: number[][]
  /** Of each token under the scaled and filtered distribution it was drawn from. */
  logProbs: number[][]
  /** Where `values` was asked for: the scalar head on the hidden state in which each token was chosen. */
  values?: number[][]
}

/**
 * Samples one response to every query. A row's tokens depend on the seed, the step and the row's number only,
 * not on the batch. Throws PROMPT_TOO_LONG when a query and the response do not fit the model's positions,
 * PROMPT_EMPTY, PARAMETER_MISSING (values without a scalar head), NON_FINITE_LOGITS.
 */
export function generate(
  model: { config: TransformerConfig; parameters: Parameters },
  queries: number[][],
  options: GenerateOptions,
): Responses {
  const { firstRow = 0, batchSize = 64 } = options
  for (const [row, query] of queries.entries())
    checkQuery(model.config, query, firstRow + row, options.responseLength)
  if (options.values) scalarWeight(model.parameters)
  const all: Responses = emptyResponses(0, options)
  for (let start = 0; start < queries.length; start += batchSize) {
    const part = generateBatch(model, queries.slice(start, start + batchSize), firstRow + start, options)
    all.responses.push(...part.responses)
    all.logProbs.push(...part.logProbs)
    all.values?.push(...part.values!)
  }
  return all
}

function emptyResponses(rows: number, { values }: GenerateOptions): Responses {
  const empty = () => Array.from({ length: rows }, (): number[] => [])
  return { responses: empty(), logProbs: empty(), ...(values && { values: empty() }) }
}

function checkQuery(config: TransformerConfig, query: number[], row: number, responseLength: number): void {
  if (query.length === 0) {
    throw new WhetstoneError(
      'PROMPT_EMPTY',
      `query ${row} has no tokens`,
      'give every prompt at least one token',
    )
  }
  if (query.length + responseLength > config.maxPositions) {
    throw new WhetstoneError(
      'PROMPT_TOO_LONG',
      `query ${row} has ${query.length} tokens; with a response of ${responseLength} it exceeds the model's ` +
        `${config.maxPositions} positions`,
      'shorten the prompt or the response length, or use a model with more positions',
    )
  }
}

function generateBatch(
  model: { config: TransformerConfig; parameters: Parameters },
  queries: number[][],
  firstRow: number,
  options: GenerateOptions,
): Responses {
  if (options.responseLength === 0) return emptyResponses(queries.length, options)
  const padded = leftPad(queries, model.config.padTokenId)
  const fused = fusedKernels()
  return fused
    ? decodeFused(fused, model, padded, firstRow, options)
    : decodeByParts(model, padded, firstRow, options)
}

/** By the engine, in one call. */
function decodeFused(
  fused: FusedKernels,
  { config, parameters }: { config: TransformerConfig; parameters: Parameters },
  { tokens, mask, rows, length }: PaddedBatch,
  firstRow: number,
  options: GenerateOptions,
): Responses {
  const { responseLength, temperature, topK = 0, topP = 1, seed, step, stopAtEos, values = false } = options
  const lengths = new Int32Array(rows)
  for (const [place, isToken] of mask.entries()) lengths[Math.floor(place / length)]! += isToken
  const uniforms = new Float64Array(rows * responseLength)
  for (let place = 0; place < uniforms.length; place++) {
    const row = Math.floor(place / responseLength)
    uniforms[place] = uniform(seed, 'sampling', step, firstRow + row, place % responseLength)
  }
  const request = { config, parameters, tokens, lengths, rows, length, responseLength, temperature }
  const answer = decodeOrExplain(firstRow, () =>
    fused.decode({ ...request, topK, topP, uniforms, stopAtEos, values }),
  )
  const apart = (all: Int32Array | Float32Array) =>
    Array.from(answer.lengths, (count, row) =>
      Array.from(all.subarray(row * responseLength, row * responseLength + count)),
    )
  return {
    responses: apart(answer.tokens),
    logProbs: apart(answer.logProbs),
    ...(values && { values: apart(answer.values!) }),
  }
}

/** What `decode` returns; its complaint about a row of the batch becomes the sampler's own error. */
function decodeOrExplain<T>(firstRow: number, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    const found = /^NON_FINITE_LOGITS row (\d+) position (\d+)/.exec(
      error instanceof Error ? error.message : '',
    )
    throw found ? nonFiniteLogits(firstRow + Number(found[1]), Number(found[2])) : error
  }
}

/** Token by token, by TensorFlow.js' kernels and a sampler in JavaScript. */
function decodeByParts(
  { config, parameters }: { config: TransformerConfig; parameters: Parameters },
  padded: PaddedBatch,
  firstRow: number,
  options: GenerateOptions,
): Responses {
  const { responseLength, temperature, topK, topP, seed, step, stopAtEos } = options
  const all = emptyResponses(padded.rows, options)
  const shape: [number, number] = [padded.rows, padded.length]
  const tokens = tf.tensor2d(padded.tokens, shape, 'int32')
  const mask = tf.tensor2d(padded.mask, shape)
  let { cache, hidden } = prefill(config, parameters, { tokens, mask })
  tf.dispose([tokens, mask])

  // The rows that the cache holds, by their place among the queries; and which of them have not stopped.
  let places = all.responses.map((_, place) => place)
  let running = places.map(() => true)
  try {
    for (let position = 0; ; position++) {
      const logits = download(tokenLogits(config, parameters, hidden)) // [B · V]
      const values = all.values && download(scalarHead(parameters, hidden)) // [B]
      const rows = places.map((place) => firstRow + place)
      const drawn = sampleTokens(logits, { seed, step, rows, position, temperature, topK, topP })
      for (const [i, place] of places.entries()) {
        if (!running[i]) {
          drawn.tokens[i] = config.padTokenId
          continue
        }
        all.responses[place]!.push(drawn.tokens[i]!)
        all.logProbs[place]!.push(drawn.logProbs[i]!)
        if (values) all.values![place]!.push(values[i]!)
        if (stopAtEos && drawn.tokens[i] === config.eosTokenId) running[i] = false
      }
      const left = running.flatMap((isRunning, i) => (isRunning ? [i] : []))
      if (left.length === 0 || position + 1 === responseLength) return all

      let next: ArrayLike<number> = drawn.tokens
      if (left.length <= places.length / 2) {
        // Half of the rows have stopped: go on without them.
        keepRows(cache, left)
        next = left.map((i) => drawn.tokens[i]!)
        places = left.map((i) => places[i]!)
        running = left.map(() => true)
      }
      hidden.dispose()
      hidden = decodeStep(config, parameters, cache, next)
    }
  } finally {
    cache.dispose()
    hidden.dispose()
  }
}

/** The values of a tensor, which is disposed of. (A tidy that returns an array walks all over it: 13 ms here.) */
function download(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync() as Float32Array
  tensor.dispose()
  return values
}
