import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { attend, gelu, layerNorm, linear, lookUp } from './layers.ts'

export type TransformerConfig = Gpt2Config | LlamaConfig

interface CommonConfig {
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
}

/** Learned positions, layer norm, gelu, biases, the head tied to the embedding. */
export interface Gpt2Config extends CommonConfig {
  architecture: 'gpt2'
}

/** The Llama family's basic form: rotary positions, RMS norm, SwiGLU, grouped-query attention, no biases. */
export interface LlamaConfig extends CommonConfig {
  architecture: 'llama'
  /** Divides `heads`; each serves heads / keyValueHeads consecutive query heads. */
  keyValueHeads: number
  /** Even; heads · headDim need not be the width. */
  headDim: number
  /** The base of the rotary wavelengths. */
  ropeTheta: number
  /** True: the head is the embedding. False: lm_head.weight. */
  tiedEmbeddings: boolean
}

/**
 * By the names and in the layouts of Hugging Face's GPT2LMHeadModel ('transformer.wte.weight' …, linear weights
 * [in, out]) or LlamaForCausalLM ('model.embed_tokens.weight' …, linear weights [out, in]).
 */
export type Parameters = Map<string, tf.Variable>

export interface TokenBatch {
  /** [B, T] int32. */
  tokens: tf.Tensor2D
  /** [B, T] float32 (or int32, bool): 1 on tokens, 0 on padding, wherever it is. */
  mask: tf.Tensor2D
  /** True where every row's padding is on its right, as text/padding.ts' rightPad makes it: engines then need no mask. */
  rightPadded?: boolean
  /** Recompute each layer in the backward pass instead of keeping what it computed, where the engine can. */
  checkpointing?: boolean
}

/** Every parameter of the body with its shape, in the order of Hugging Face's files. */
export function parameterShapes(config: TransformerConfig): Map<string, number[]> {
  const { vocabSize, maxPositions, width, layers, mlpWidth } = config
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

/**
 * Fresh parameters by GPT-2's initialisation, from Philox: weights N(0, 0.02), the projections into the
 * residual stream N(0, 0.02/√(2·layers)), biases 0, gains 1. Throws INVALID_MODEL_SHAPE.
 */
export function initialiseTransformer(config: TransformerConfig, seed: number): Parameters {
  checkConfig(config)
  const parameters: Parameters = new Map()
  let index = 0
  for (const [name, shape] of parameterShapes(config)) {
    const deviation = name.endsWith('c_proj.weight') ? 0.02 / Math.sqrt(2 * config.layers) : 0.02
    const size = shape.reduce((product, length) => product * length, 1)
    let values: Float32Array
    if (shape.length === 2) values = normals(seed, 'initialisation', index, size, deviation)
    else values = new Float32Array(size).fill(name.endsWith('.weight') ? 1 : 0)
    parameters.set(name, makeVariable(values, shape))
    index++
  }
  return parameters
}

/** A variable that no tidy disposes of; the name is TensorFlow.js' own, as several models share a process. */
export function makeVariable(values: Float32Array, shape: number[]): tf.Variable {
  const initial = tf.tensor(values, shape, 'float32')
  const variable = tf.variable(initial)
  initial.dispose()
  return variable
}

/** Throws INVALID_MODEL_SHAPE when the heads do not divide the width, or a size is not a positive integer. */
export function checkConfig(config: TransformerConfig): void {
  const sizes = ['vocabSize', 'maxPositions', 'width', 'layers', 'heads', 'mlpWidth'] as const
  const wrong = sizes.find((size) => !Number.isInteger(config[size]) || config[size] < 1)
  if (wrong || config.width % config.heads !== 0) {
    throw new WhetstoneError(
      'INVALID_MODEL_SHAPE',
      wrong
        ? `${wrong} is ${config[wrong]}, expected a positive integer`
        : `width ${config.width} is not divisible by heads ${config.heads}`,
      'choose a width that is a multiple of the number of heads',
    )
  }
}

/** The parameter of that name. Throws PARAMETER_MISSING. */
export function parameter(parameters: Parameters, name: string): tf.Variable {
  const variable = parameters.get(name)
  if (variable) return variable
  throw new WhetstoneError(
    'PARAMETER_MISSING',
    `the model has no parameter ${name}`,
    'check the model folder',
  )
}

/**
 * The last hidden states after the final layer norm, [B, T, width]. No dropout. Padding is never attended
 * to, and what stands on padding's own places has no meaning (but is finite).
 */
export function hiddenStates(
  config: TransformerConfig,
  parameters: Parameters,
  batch: TokenBatch,
): tf.Tensor3D {
  const [B, T] = batch.tokens.shape
  const { width, heads } = config
  return tf.tidy(() => {
    const weight = (name: string) => parameter(parameters, `transformer.${name}`)
    const positions = positionsOf(batch.mask, config.maxPositions) // [B, T]
    const bias = attentionBias(batch.mask) // [B, 1, T, T]
    let x = tf.add(
      lookUp(weight('wte.weight') as unknown as tf.Tensor2D, tf.reshape(batch.tokens, [B * T])),
      lookUp(weight('wpe.weight') as unknown as tf.Tensor2D, tf.reshape(positions, [B * T])),
    ) as tf.Tensor2D // [B·T, width]
    for (let layer = 0; layer < config.layers; layer++) {
      const of = (name: string) => weight(`h.${layer}.${name}`)
      const normal1 = layerNorm(x, of('ln_1.weight'), of('ln_1.bias'), config.normEpsilon)
      const qkv = linear(normal1, of('attn.c_attn.weight'), of('attn.c_attn.bias')) // [B·T, 3·width]
      const mixed = attend(qkv, bias, { batch: B, length: T, heads }) // [B·T, width]
      x = tf.add(x, linear(mixed, of('attn.c_proj.weight'), of('attn.c_proj.bias')))
      const normal2 = layerNorm(x, of('ln_2.weight'), of('ln_2.bias'), config.normEpsilon)
      const inner = gelu(linear(normal2, of('mlp.c_fc.weight'), of('mlp.c_fc.bias'))) // [B·T, mlpWidth]
      x = tf.add(x, linear(inner, of('mlp.c_proj.weight'), of('mlp.c_proj.bias')))
    }
    const hidden = layerNorm(x, weight('ln_f.weight'), weight('ln_f.bias'), config.normEpsilon)
    return tf.reshape(hidden, [B, T, width])
  })
}

/** The tied head: hidden [..., width] · wteᵀ, [..., vocabSize]. */
export function tokenLogits(config: TransformerConfig, parameters: Parameters, hidden: tf.Tensor): tf.Tensor {
  const rows = hidden.size / config.width
  return tf.tidy(() => {
    const embedding = parameter(parameters, 'transformer.wte.weight') as unknown as tf.Tensor2D
    const logits = tf.matMul(tf.reshape(hidden, [rows, config.width]) as tf.Tensor2D, embedding, false, true)
    return tf.reshape(logits, [...hidden.shape.slice(0, -1), config.vocabSize])
  })
}

/** cumsum(mask) − mask, [B, T] int32, kept below maxPositions on the padding behind a full row. */
export function positionsOf(mask: tf.Tensor2D, maxPositions: number): tf.Tensor2D {
  return tf.tidy(() => {
    const ones = tf.cast(mask, 'int32')
    return tf.minimum(tf.sub(tf.cumsum(ones, 1), ones), tf.scalar(maxPositions - 1, 'int32')) as tf.Tensor2D
  })
}

/** 0 where a query may see a key (not later, not padding), −1e9 elsewhere: [B, 1, T, T]. */
export function attentionBias(mask: tf.Tensor2D): tf.Tensor4D {
  const [B, T] = mask.shape
  return tf.tidy(() => {
    const visible = tf.linalg.bandPart(tf.ones([T, T]), -1, 0) // [T, T], 1 on and below the diagonal
    const both = tf.mul(visible, tf.reshape(tf.cast(mask, 'float32'), [B, 1, 1, T])) // [B, 1, T, T]
    return tf.mul(tf.sub(both, 1), 1e9) as tf.Tensor4D
  })
}
