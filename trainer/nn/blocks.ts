import * as tf from '@tensorflow/tfjs-core'

/** What every architecture's configuration has. */
export interface CommonConfig {
  vocabSize: number
  maxPositions: number
  width: number
  layers: number
  heads: number
  mlpWidth: number
  /** ε of every norm. */
  normEpsilon: number
  eosTokenId: number
  padTokenId: number
  bosTokenId: number | null
  /** Where only a low-rank adapter learns (lora.ts). */
  adapter?: LoraConfig
}

/** As PEFT's. */
export interface LoraConfig {
  rank: number
  /** What the adapter adds is multiplied by alpha / rank, or with `rsLora` by alpha / √rank. */
  alpha: number
  /** Which linear layers of the blocks, by the ends of their names ('q_proj'). */
  targets: 'all-linear' | string[]
  rsLora?: boolean
}

/** The tokens that a model computes at once, row after row: x is [batch · length, width]. */
export interface Places {
  batch: number
  length: number
  /** [batch · length] int32. */
  tokens: tf.Tensor
  /** [batch · length] int32, below maxPositions. */
  positions: tf.Tensor
}

export interface Heads {
  q: tf.Tensor4D // [B, heads, T, headDim]
  k: tf.Tensor4D // [B, keyValueHeads, T, headDim]
  v: tf.Tensor4D // [B, keyValueHeads, T, headDim]
}

/** What an architecture makes of its own; x is [N, width]. */
export interface Body {
  embed(): tf.Tensor2D
  /** Queries, keys and values of x, normalised and with their positions. */
  heads(layer: number, x: tf.Tensor2D): Heads
  /** What attention gathered, [N, heads · headDim], back into the width. */
  project(layer: number, mixed: tf.Tensor2D): tf.Tensor2D
  mlp(layer: number, x: tf.Tensor2D): tf.Tensor2D
  norm(x: tf.Tensor2D): tf.Tensor2D
}

/** A parameter by its name. */
export type Weights = (name: string) => tf.Tensor

/**
 * All layers, x + attention(x), then x + mlp(x), and the norm at the end: [M, width]. Where `attention` returns fewer than
 * `batch · length` rows, only the last place of every row of the batch goes on (as in the last layer of a prefill).
 */
export function runBlocks(
  body: Body,
  { batch, length }: Places,
  layers: number,
  attention: (heads: Heads, layer: number) => tf.Tensor2D,
): tf.Tensor2D {
  let x = body.embed()
  for (let layer = 0; layer < layers; layer++) {
    const mixed = attention(body.heads(layer, x), layer)
    if (mixed.shape[0] < x.shape[0]) x = lastPlaces(x, batch, length)
    x = tf.add(x, body.project(layer, mixed))
    x = tf.add(x, body.mlp(layer, x))
  }
  return body.norm(x)
}

function lastPlaces(x: tf.Tensor2D, batch: number, length: number): tf.Tensor2D {
  const width = x.shape[1]
  const last = tf.slice(tf.reshape(x, [batch, length, width]), [0, length - 1, 0], [batch, 1, width])
  return tf.reshape(last, [batch, width])
}
