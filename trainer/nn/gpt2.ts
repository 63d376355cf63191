import * as tf from '@tensorflow/tfjs-core'
import { adapt } from './adapter.ts'
import type { Body, CommonConfig, Places, Weights } from './blocks.ts'
import { gelu, layerNorm, linear, lookUp, splitHeads } from './layers.ts'

/** Learned positions, layer norm, gelu, biases, the head tied to the embedding. */
export interface Gpt2Config extends CommonConfig {
  architecture: 'gpt2'
}

/** In the order of Hugging Face's files. */
export function gpt2Shapes({ vocabSize, maxPositions, width, layers, mlpWidth }: Gpt2Config) {
  const shapes = new Map<string, number[]>([
    ['transformer.wte.weight', [vocabSize, width]],
    ['transformer.wpe.weight', [maxPositions, width]],
  ])
  for (let layer = 0; layer < layers; layer++) {
    const name = `transformer.h.${layer}`
    shapes.set(`${name}.ln_1.weight`, [width]).set(`${name}.ln_1.bias`, [width])
    shapes.set(`${name}.attn.c_attn.weight`, [width, 3 * width]).set(`${name}.attn.c_attn.bias`, [3 * width])
    shapes.set(`${name}.attn.c_proj.weight`, [width, width]).set(`${name}.attn.c_proj.bias`, [width])
    shapes.set(`${name}.ln_2.weight`, [width]).set(`${name}.ln_2.bias`, [width])
    shapes.set(`${name}.mlp.c_fc.weight`, [width, mlpWidth]).set(`${name}.mlp.c_fc.bias`, [mlpWidth])
    shapes.set(`${name}.mlp.c_proj.weight`, [mlpWidth, width]).set(`${name}.mlp.c_proj.bias`, [width])
  }
  return shapes.set('transformer.ln_f.weight', [width]).set('transformer.ln_f.bias', [width])
}

/** Radford et al. 2019. */
export function gpt2(config: Gpt2Config, weight: Weights, places: Places): Body {
  const { batch, length, tokens, positions } = places
  const { heads, normEpsilon } = config
  const dense = (x: tf.Tensor, name: string) =>
    adapt(config, weight, name, x, linear(x, weight(`${name}.weight`), weight(`${name}.bias`)))
  const norm = (x: tf.Tensor, name: string) =>
    layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), normEpsilon)
  const table = (name: string) => weight(name) as tf.Tensor2D
  const layerName = (layer: number) => `transformer.h.${layer}`
  return {
    embed: () =>
      tf.add(
        lookUp(table('transformer.wte.weight'), tokens),
        lookUp(table('transformer.wpe.weight'), positions),
      ),
    heads(layer, x) {
      const normal = norm(x, `${layerName(layer)}.ln_1`)
      const qkv = dense(normal, `${layerName(layer)}.attn.c_attn`) // [N, 3 · width]
      const [q, k, v] = splitHeads(qkv, { batch, length, heads, parts: 3 })
      return { q: q!, k: k!, v: v! }
    },
    project: (layer, mixed) => dense(mixed, `${layerName(layer)}.attn.c_proj`),
    mlp(layer, x) {
      const normal = norm(x, `${layerName(layer)}.ln_2`)
      const inner = gelu(dense(normal, `${layerName(layer)}.mlp.c_fc`)) // [N, mlpWidth]
      return dense(inner, `${layerName(layer)}.mlp.c_proj`)
    },
    norm: (x) => norm(x, 'transformer.ln_f'),
  }
}
