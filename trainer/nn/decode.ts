import * as tf from '@tensorflow/tfjs-core'
import { gelu, layerNorm, linear, lookUp } from './layers.ts'
import type { TokenBatch, TransformerConfig } from './transformer.ts'
import { attentionBias, type Parameters, parameter, positionsOf } from './transformer.ts'

/** Keys and values of every layer for the tokens so far. Its tensors are its own; dispose of it at the end. */
export interface KeyValueCache {
  keys: tf.Tensor4D[] // per layer [B, heads, T, headDim]
  values: tf.Tensor4D[] // per layer [B, heads, T, headDim]
  /** [B, 1, 1, T]: 0 on tokens, −1e9 on padding. */
  bias: tf.Tensor4D
  /** The next position of every row, [B]. */
  positions: Int32Array
  dispose(): void
}

/**
 * Runs left-padded prompts through the model, filling the cache. Returns it with the hidden state of the last
 * position, [B, width], after the final layer norm.
 */
export function prefill(
  config: TransformerConfig,
  parameters: Parameters,
  batch: TokenBatch,
): { cache: KeyValueCache; hidden: tf.Tensor2D } {
  const [B, T] = batch.tokens.shape
  const { width, heads, layers } = config
  const sums = tf.tidy(() => tf.sum(tf.cast(batch.mask, 'int32'), 1)) // [B]
  const lengths = sums.dataSync() as Int32Array
  sums.dispose()
  const result = tf.tidy(() => {
    const bias = attentionBias(batch.mask) // [B, 1, T, T]
    const padding = tf.reshape(tf.mul(tf.sub(tf.cast(batch.mask, 'float32'), 1), 1e9), [B, 1, 1, T])
    const keys: tf.Tensor4D[] = []
    const values: tf.Tensor4D[] = []
    const positions = tf.reshape(positionsOf(batch.mask, config.maxPositions), [B * T])
    const embedded = embed(parameters, tf.reshape(batch.tokens, [B * T]), positions)
    const hidden = blocks(config, parameters, embedded, (qkv) => {
      const apart = tf.transpose(tf.reshape(qkv, [B, T, 3, heads, width / heads]), [2, 0, 3, 1, 4])
      const [q, k, v] = tf.unstack(apart) as tf.Tensor4D[]
      keys.push(k!)
      values.push(v!)
      const last = keys.length === layers ? lastQuery(q!) : q!
      const lastBias = keys.length === layers ? lastQuery(bias as tf.Tensor4D) : bias
      return mix(config, last, k!, v!, lastBias)
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
  const { width, heads, maxPositions } = config
  const result = tf.tidy(() => {
    const positions = tf.tensor1d(
      cache.positions.map((position) => Math.min(position, maxPositions - 1)),
      'int32',
    )
    const bias = tf.concat([cache.bias, tf.zeros([B, 1, 1, 1])], 3) as tf.Tensor4D // [B, 1, 1, T + 1]
    const keys: tf.Tensor4D[] = []
    const values: tf.Tensor4D[] = []
    const embedded = embed(parameters, tf.tensor1d(Int32Array.from(tokens), 'int32'), positions)
    const hidden = blocks(config, parameters, embedded, (qkv) => {
      const layer = keys.length
      const [q, k, v] = tf.split(qkv, 3, 1).map((part) => tf.reshape(part, [B, heads, 1, width / heads]))
      keys.push(tf.concat([cache.keys[layer]!, k as tf.Tensor4D], 2))
      values.push(tf.concat([cache.values[layer]!, v as tf.Tensor4D], 2))
      return mix(config, q as tf.Tensor4D, keys[layer]!, values[layer]!, bias)
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

function embed(parameters: Parameters, tokens: tf.Tensor, positions: tf.Tensor): tf.Tensor2D {
  const wte = parameter(parameters, 'transformer.wte.weight') as unknown as tf.Tensor2D
  const wpe = parameter(parameters, 'transformer.wpe.weight') as unknown as tf.Tensor2D
  return tf.add(lookUp(wte, tokens), lookUp(wpe, positions))
}

/**
 * All blocks over x [N, width]; `attention` turns qkv [N, 3·width] into [M, width], where M < N rows means that
 * only the last place of every row goes on (as in the last layer of a prefill). Returns [M, width].
 */
function blocks(
  config: TransformerConfig,
  parameters: Parameters,
  embedded: tf.Tensor2D,
  attention: (qkv: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D {
  const weight = (name: string) => parameter(parameters, `transformer.${name}`)
  const { width, normEpsilon: epsilon } = config
  let x = embedded
  for (let layer = 0; layer < config.layers; layer++) {
    const of = (name: string) => weight(`h.${layer}.${name}`)
    const normal1 = layerNorm(x, of('ln_1.weight'), of('ln_1.bias'), epsilon)
    const mixed = attention(linear(normal1, of('attn.c_attn.weight'), of('attn.c_attn.bias')))
    if (mixed.shape[0] < x.shape[0]) {
      const B = mixed.shape[0]
      const T = x.shape[0] / B
      x = tf.reshape(tf.slice(tf.reshape(x, [B, T, width]), [0, T - 1, 0], [B, 1, width]), [B, width])
    }
    x = tf.add(x, linear(mixed, of('attn.c_proj.weight'), of('attn.c_proj.bias')))
    const normal2 = layerNorm(x, of('ln_2.weight'), of('ln_2.bias'), epsilon)
    const inner = gelu(linear(normal2, of('mlp.c_fc.weight'), of('mlp.c_fc.bias')))
    x = tf.add(x, linear(inner, of('mlp.c_proj.weight'), of('mlp.c_proj.bias')))
  }
  return layerNorm(x, weight('ln_f.weight'), weight('ln_f.bias'), epsilon)
}

/** The last of the places on the second but last axis, [B, ·, T, ·] to [B, ·, 1, ·]. */
function lastQuery(tensor: tf.Tensor4D): tf.Tensor4D {
  const [B, heads, T, size] = tensor.shape
  return tf.slice(tensor, [0, 0, T - 1, 0], [B, heads, 1, size])
}

/** softmax(q·kᵀ/√headDim + bias)·v: q [B, heads, Q, headDim], k and v [B, heads, T, headDim] to [B·Q, width]. */
function mix(config: TransformerConfig, q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, bias: tf.Tensor) {
  const [B, , Q, headDim] = q.shape
  const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(headDim)), k, false, true) // [B, heads, Q, T]
  const mixed = tf.matMul(tf.softmax(tf.add(scores, bias)), v) // [B, heads, Q, headDim]
  const rows = Q === 1 ? mixed : tf.transpose(mixed, [0, 2, 1, 3])
  return tf.reshape(rows, [B * Q, config.width]) as tf.Tensor2D
}
