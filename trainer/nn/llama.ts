import * as tf from '@tensorflow/tfjs-core'
import { adapt } from './adapter.ts'
import type { Body, CommonConfig, Places, Weights } from './blocks.ts'
import { lookUp, rmsNorm, rotate, splitHeads, swiglu } from './layers.ts'
import { type RopeScaling, rotary } from './rotary.ts'

export type { RopeScaling } from './rotary.ts'

/** The Llama family: rotary positions, RMS norm, SwiGLU, grouped-query attention; biases and norms of queries and keys where asked for. */
export interface LlamaConfig extends CommonConfig {
  architecture: 'llama'
  /** Which of them its folder is written as. */
  family?: LlamaFamily
  /** Divides `heads`; each serves heads / keyValueHeads consecutive query heads. */
  keyValueHeads: number
  /** Even; heads · headDim need not be the width. */
  headDim: number
  /** The base of the rotary wavelengths. */
  ropeTheta: number
  ropeScaling?: RopeScaling
  /** Biases of the query, key and value projections (Qwen 2). */
  attentionBias?: boolean
  /** A bias of the output projection (Llama with attention_bias). */
  outputBias?: boolean
  /** Biases of the MLP's three projections (Llama with mlp_bias). */
  mlpBias?: boolean
  /** An RMS norm over each head of queries and keys, before the rotation (Qwen 3). */
  queryKeyNorm?: boolean
  /** True: the head is the embedding. False: lm_head.weight. */
  tiedEmbeddings: boolean
}

export type LlamaFamily = 'llama' | 'mistral' | 'qwen2' | 'qwen3'

/** In the order of Hugging Face's modules. */
export function llamaShapes(config: LlamaConfig) {
  const { vocabSize, width, layers, heads, keyValueHeads, headDim, mlpWidth } = config
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabSize, width]]])
  const biased = biasedLayers(config)
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`
    const linear = (part: string, inner: number, outer: number) => {
      shapes.set(`${name}.${part}.weight`, [outer, inner])
      if (biased.has(part)) shapes.set(`${name}.${part}.bias`, [outer])
    }
    linear('self_attn.q_proj', width, heads * headDim)
    linear('self_attn.k_proj', width, keyValueHeads * headDim)
    linear('self_attn.v_proj', width, keyValueHeads * headDim)
    linear('self_attn.o_proj', heads * headDim, width)
    if (config.queryKeyNorm) {
      shapes.set(`${name}.self_attn.q_norm.weight`, [headDim])
      shapes.set(`${name}.self_attn.k_norm.weight`, [headDim])
    }
    linear('mlp.gate_proj', width, mlpWidth)
    linear('mlp.up_proj', width, mlpWidth)
    linear('mlp.down_proj', mlpWidth, width)
    shapes.set(`${name}.input_layernorm.weight`, [width])
    shapes.set(`${name}.post_attention_layernorm.weight`, [width])
  }
  shapes.set('model.norm.weight', [width])
  return config.tiedEmbeddings ? shapes : shapes.set('lm_head.weight', [vocabSize, width])
}

function biasedLayers({ attentionBias, outputBias, mlpBias }: LlamaConfig): Set<string> {
  return new Set([
    ...(attentionBias ? ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'] : []),
    ...(outputBias ? ['self_attn.o_proj'] : []),
    ...(mlpBias ? ['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'] : []),
  ])
}

/**
 * Touvron et al. 2023, with grouped queries (Ainslie et al. 2023); as Hugging Face's LlamaModel, MistralModel (without a sliding
 * window), Qwen2Model and Qwen3Model.
 */
export function llama(config: LlamaConfig, weight: Weights, places: Places): Body {
  const { batch, length, tokens } = places
  const { heads, keyValueHeads, headDim, normEpsilon, queryKeyNorm } = config
  const angles = rotaryAngles(config, places)
  const biased = biasedLayers(config)
  const dense = (x: tf.Tensor, layer: number, part: string) => {
    const name = `model.layers.${layer}.${part}`
    const product = tf.matMul<tf.Tensor2D>(x, weight(`${name}.weight`), false, true)
    const y = biased.has(part) ? tf.add<tf.Tensor2D>(product, weight(`${name}.bias`)) : product
    return adapt(config, weight, name, x, y)
  }
  const norm = (x: tf.Tensor, name: string) => rmsNorm(x, weight(`${name}.weight`), normEpsilon)
  return {
    embed: () => lookUp(weight('model.embed_tokens.weight') as tf.Tensor2D, tokens),
    heads(layer, x) {
      const name = `model.layers.${layer}`
      const normal = norm(x, `${name}.input_layernorm`)
      const part = (letter: 'q' | 'k' | 'v', count: number) => {
        const projected = dense(normal, layer, `self_attn.${letter}_proj`) // [N, count · headDim]
        const normed =
          queryKeyNorm && letter !== 'v'
            ? norm(tf.reshape(projected, [-1, headDim]), `${name}.self_attn.${letter}_norm`)
            : projected
        const rows = tf.reshape(normed, projected.shape)
        return splitHeads(rows, { batch, length, heads: count, parts: 1 })[0]!
      }
      return {
        q: rotate(part('q', heads), angles),
        k: rotate(part('k', keyValueHeads), angles),
        v: part('v', keyValueHeads),
      }
    },
    project: (layer, mixed) => dense(mixed, layer, 'self_attn.o_proj'),
    mlp(layer, x) {
      const normal = norm(x, `model.layers.${layer}.post_attention_layernorm`)
      const gate = dense(normal, layer, 'mlp.gate_proj') // [N, mlpWidth]
      const inner = swiglu(gate, dense(normal, layer, 'mlp.up_proj')) // [N, mlpWidth]
      return dense(inner, layer, 'mlp.down_proj')
    },
    norm: (x) => norm(x, 'model.norm'),
  }
}

/**
 * Cosines and sines of position · frequency, [B, 1, T, headDim]: the frequencies run over the first half of a head's places,
 * and again over the second, as the pairs (i, i + headDim / 2) of Hugging Face.
 */
function rotaryAngles(config: LlamaConfig, { batch, length, positions }: Places) {
  const { frequencies, factor } = rotary(config)
  const angles = tf.mul(tf.reshape(positions, [batch, 1, length, 1]), tf.tensor1d(frequencies)) // [B, 1, T, headDim / 2]
  const both = tf.concat([angles, angles], -1)
  return { cos: tf.mul(tf.cos(both), factor), sin: tf.mul(tf.sin(both), factor) }
}
