import * as tf from '@tensorflow/tfjs-core'
import { runBlocks } from './blocks.ts'
import { attend } from './layers.ts'
import type { Parameters, TokenBatch, TransformerConfig } from './transformer.ts'
import { attentionBias, bodyOf, placesOf } from './transformer.ts'

/** Keys and values of every layer for the tokens so far. Its tensors are its own; dispose of it at the end. */
export interface KeyValueCache {
  keys: tf.Tensor4D[] // per layer [B, keyValueHeads, T, headDim]
  values: tf.Tensor4D[] // per layer [B, keyValueHeads, T, headDim]
  /** [B, 1, 1, T]: 0 on tokens, −1e9 on padding. */
  bias: tf.Tensor4D
  /** The next position of every row, [B]. */
  positions: Int32Array
  dispose(): void
}

/**
 * Runs left-padded prompts through the model, filling the cache. Returns it with the hidden state of the last
 * position, [B, width], after the final norm.
 */
export function prefill(
  config: TransformerConfig,
  parameters: Parameters,
  batch: TokenBatch,
): { cache: KeyValueCache; hidden: tf.Tensor2D } {
  const [B, T] = batch.tokens.shape
  const { layers } = config
  const sums = tf.tidy(() => tf.sum(tf.cast(batch.mask, 'int32'), 1)) // [B]
  const lengths = sums.dataSync() as Int32Array
  sums.dispose()
  const result = tf.tidy(() => {
    const bias = attentionBias(batch.mask) // [B, 1, T, T]
    const padding = tf.reshape(tf.mul(tf.sub(tf.cast(batch.mask, 'float32'), 1), 1e9), [B, 1, 1, T])
    const keys: tf.Tensor4D[] = []
    const values: tf.Tensor4D[] = []
    const places = placesOf(config, batch)
    const hidden = runBlocks(bodyOf(config, parameters, places), places, layers, ({ q, k, v }, layer) => {
      keys.push(k)
      values.push(v)
      if (layer + 1 < layers) return attend({ q, k, v }, bias)
      return attend({ q: lastQuery(q), k, v }, lastQuery(bias))
    })
    return { keys, values, padding, hidden }
  })
  return {
    cache: makeCache(result.keys, result.values, result.padding as tf.Tensor4D, lengths),
    hidden: result.hidden,
  }
}

/** One more token for every row: tokens [B] to the hidden state [B, width]. The cache grows by one place. */
export function decodeStep(
  config: TransformerConfig,
  parameters: Parameters,
  cache: KeyValueCache,
  tokens: ArrayLike<number>,
): tf.Tensor2D {
  const B = tokens.length
  const { layers, maxPositions } = config
  const result = tf.tidy(() => {
    const positions = cache.positions.map((position) => Math.min(position, maxPositions - 1))
    const bias = tf.concat([cache.bias, tf.zeros([B, 1, 1, 1])], 3) as tf.Tensor4D // [B, 1, 1, T + 1]
    const keys: tf.Tensor4D[] = []
    const values: tf.Tensor4D[] = []
    const places = {
      batch: B,
      length: 1,
      tokens: tf.tensor1d(Int32Array.from(tokens), 'int32'),
      positions: tf.tensor1d(positions, 'int32'),
    }
    const hidden = runBlocks(bodyOf(config, parameters, places), places, layers, ({ q, k, v }, layer) => {
      keys.push(tf.concat([cache.keys[layer]!, k], 2))
      values.push(tf.concat([cache.values[layer]!, v], 2))
      return attend({ q, k: keys[layer]!, v: values[layer]! }, bias)
    })
    return { keys, values, bias, hidden }
  })
  cache.dispose()
  cache.keys = result.keys
  cache.values = result.values
  cache.bias = result.bias
  cache.positions = cache.positions.map((position) => position + 1)
  return result.hidden
}

/** Keeps only those rows of the cache, in that order. */
export function keepRows(cache: KeyValueCache, rows: number[]): void {
  const [keys, values, bias] = tf.tidy(() => {
    const indices = tf.tensor1d(rows, 'int32')
    const keep = <T extends tf.Tensor>(tensor: T) => tf.gather(tensor, indices) as T
    return [cache.keys.map(keep), cache.values.map(keep), keep(cache.bias)] as const
  })
  cache.dispose()
  cache.keys = keys
  cache.values = values
  cache.bias = bias
  cache.positions = Int32Array.from(rows, (row) => cache.positions[row]!)
}

function makeCache(keys: tf.Tensor4D[], values: tf.Tensor4D[], bias: tf.Tensor4D, positions: Int32Array) {
  const cache: KeyValueCache = {
    keys,
    values,
    bias,
    positions,
    dispose: () => tf.dispose([cache.keys, cache.values, cache.bias]),
  }
  return cache
}

/** The last of the places on the second but last axis, [B, ·, T, ·] to [B, ·, 1, ·]. */
function lastQuery(tensor: tf.Tensor4D): tf.Tensor4D {
  const [B, heads, T, size] = tensor.shape
  return tf.slice(tensor, [0, 0, T - 1, 0], [B, heads, 1, size])
}
