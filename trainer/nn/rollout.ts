import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { type SamplingFilter, sampleTokens } from '#trainer/rlhf/sampling.ts'
import { leftPad } from '#trainer/text/padding.ts'
import { decodeStep, keepRows, prefill } from './decode.ts'
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
}

export interface Responses {
  responses: number[][]
  /** Of each token under the scaled and filtered distribution it was drawn from. */
  logProbs: number[][]
}

/**
 * Samples one response to every query. A row's tokens depend on the seed, the step and the row's number only,
 * not on the batch. Throws PROMPT_TOO_LONG when a query and the response do not fit the model's positions,
 * PROMPT_EMPTY, NON_FINITE_LOGITS.
 */
export function generate(
  model: { config: TransformerConfig; parameters: Parameters },
  queries: number[][],
  options: GenerateOptions,
): Responses {
  const { firstRow = 0, batchSize = 64 } = options
  for (const [row, query] of queries.entries())
    checkQuery(model.config, query, firstRow + row, options.responseLength)
  const responses: number[][] = []
  const logProbs: number[][] = []
  for (let start = 0; start < queries.length; start += batchSize) {
    const part = generateBatch(model, queries.slice(start, start + batchSize), firstRow + start, options)
    responses.push(...part.responses)
    logProbs.push(...part.logProbs)
  }
  return { responses, logProbs }
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
  { config, parameters }: { config: TransformerConfig; parameters: Parameters },
  queries: number[][],
  firstRow: number,
  { responseLength, temperature, topK, topP, seed, step, stopAtEos }: GenerateOptions,
): Responses {
  const responses: number[][] = queries.map(() => [])
  const logProbs: number[][] = queries.map(() => [])
  if (responseLength === 0) return { responses, logProbs }

  const padded = leftPad(queries, config.padTokenId)
  const shape: [number, number] = [padded.rows, padded.length]
  const tokens = tf.tensor2d(padded.tokens, shape, 'int32')
  const mask = tf.tensor2d(padded.mask, shape)
  let { cache, hidden } = prefill(config, parameters, { tokens, mask })
  tf.dispose([tokens, mask])

  // The rows that the cache holds, by their place among the queries; and which of them have not stopped.
  let places = queries.map((_, place) => place)
  let running = places.map(() => true)
  try {
    for (let position = 0; ; position++) {
      const logits = download(tokenLogits(config, parameters, hidden)) // [B · V]
      const rows = places.map((place) => firstRow + place)
      const drawn = sampleTokens(logits, { seed, step, rows, position, temperature, topK, topP })
      for (const [i, place] of places.entries()) {
        if (!running[i]) {
          drawn.tokens[i] = config.padTokenId
          continue
        }
        responses[place]!.push(drawn.tokens[i]!)
        logProbs[place]!.push(drawn.logProbs[i]!)
        if (stopAtEos && drawn.tokens[i] === config.eosTokenId) running[i] = false
      }
      const left = running.flatMap((isRunning, i) => (isRunning ? [i] : []))
      if (left.length === 0 || position + 1 === responseLength) return { responses, logProbs }

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
