import * as tf from '@tensorflow/tfjs-core'
import type { Body, CommonConfig, Places, Weights } from './blocks.ts'
import { lookUp, rmsNorm, rotate, splitHeads, swiglu } from './layers.ts'

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

/** How the rotary wavelengths are stretched for longer contexts, as Hugging Face's rope_scaling says it. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | {
      type: 'llama3'
      factor: number
      lowFrequencyFactor: number
      highFrequencyFactor: number
      originalMaxPositions: number
    }
  | {
      type: 'yarn'
      factor: number
      originalMaxPositions: number
      betaFast: number
      betaSlow: number
      /** What cosines and sines are multiplied by; without it, 0.1·ln(factor) + 1. */
      attentionFactor?: number
    }

/** In the order of Hugging Face's files. */
export function llamaShapes(config: LlamaConfig) {
  const { vocabSize, width, layers, heads, keyValueHeads, headDim, mlpWidth } = config
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabSize, width]]])
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`
    shapes.set(`${name}.self_attn.q_proj.weight`, [heads * headDim, width])
    shapes.set(`${name}.self_attn.k_proj.weight`, [keyValueHeads * headDim, width])
    shapes.set(`${name}.self_attn.v_proj.weight`, [keyValueHeads * headDim, width])
    shapes.set(`${name}.self_attn.o_proj.weight`, [width, heads * headDim])
    shapes.set(`${name}.mlp.gate_proj.weight`, [mlpWidth, width])
    shapes.set(`${name}.mlp.up_proj.weight`, [mlpWidth, width])
    shapes.set(`${name}.mlp.down_proj.weight`, [width, mlpWidth])
    shapes.set(`${name}.input_layernorm.weight`, [width])
    shapes.set(`${name}.post_attention_layernorm.weight`, [width])
  }
  shapes.set('model.norm.weight', [width])
  return config.tiedEmbeddings ? shapes : shapes.set('lm_head.weight', [vocabSize, width])
}

/** Touvron et al. 2023, with grouped queries (Ainslie et al. 2023); as Hugging Face's LlamaModel. */
export function llama(config: LlamaConfig, weight: Weights, places: Places): Body {
  const { batch, length, tokens } = places
  const { heads, keyValueHeads, normEpsilon } = config
  const angles = rotaryAngles(config, places)
  const dense = (x: tf.Tensor, name: string) =>
    tf.matMul<tf.Tensor2D>(x, weight(`${name}.weight`), false, true)
  const norm = (x: tf.Tensor, name: string) => rmsNorm(x, weight(`${name}.weight`), normEpsilon)
  const layerName = (layer: number) => `model.layers.${layer}`
  return {
    embed: () => lookUp(weight('model.embed_tokens.weight') as tf.Tensor2D, tokens),
    heads(layer, x) {
      const normal = norm(x, `${layerName(layer)}.input_layernorm`)
      const part = (name: string, count: number) => {
        const projected = dense(normal, `${layerName(layer)}.self_attn.${name}_proj`) // [N, count · headDim]
        return splitHeads(projected, { batch, length, heads: count, parts: 1 })[0]!
      }
      return {
        q: rotate(part('q', heads), angles),
        k: rotate(part('k', keyValueHeads), angles),
        v: part('v', keyValueHeads),
      }
    },
    project: (layer, mixed) => dense(mixed, `${layerName(layer)}.self_attn.o_proj`),
    mlp(layer, x) {
      const normal = norm(x, `${layerName(layer)}.post_attention_layernorm`)
      const gate = dense(normal, `${layerName(layer)}.mlp.gate_proj`) // [N, mlpWidth]
      const inner = swiglu(gate, dense(normal, `${layerName(layer)}.mlp.up_proj`)) // [N, mlpWidth]
      return dense(inner, `${layerName(layer)}.mlp.down_proj`)
    },
    norm: (x) => norm(x, 'model.norm'),
  }
}

/**
 * Cosines and sines of position · theta^(−2i / headDim), [B, 1, T, headDim]: i runs over the first half of a head's places,
 * and again over the second. Source: Su et al. 2021, with the pairs (i, i + headDim / 2) of Hugging Face.
 */
function rotaryAngles({ headDim, ropeTheta }: LlamaConfig, { batch, length, positions }: Places) {
  const half = headDim / 2
  const frequencies = Float32Array.from({ length: half }, (_, i) => ropeTheta ** (-i / half))
  const angles = tf.mul(tf.reshape(positions, [batch, 1, length, 1]), tf.tensor1d(frequencies)) // [B, 1, T, half]
  const both = tf.concat([angles, angles], -1)
  return { cos: tf.cos(both), sin: tf.sin(both) }
}
