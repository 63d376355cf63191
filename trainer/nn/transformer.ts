import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { adapterShapes, checkAdapter } from './adapter.ts'
import type { Body, Places } from './blocks.ts'
import { type Gpt2Config, gpt2, gpt2Shapes } from './gpt2.ts'
import { type LlamaConfig, llama, llamaShapes, type RopeScaling } from './llama.ts'

export type TransformerConfig = Gpt2Config | LlamaConfig

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

/** Every parameter of the body (and an untied head) with its shape, in the order of Hugging Face's files; then the adapter's. */
export function parameterShapes(config: TransformerConfig): Map<string, number[]> {
  const base = config.architecture === 'gpt2' ? gpt2Shapes(config) : llamaShapes(config)
  return new Map([...base, ...adapterShapes(config, base)])
}

/** The architecture's part of the model on those tokens. Runs in the caller's tidy. */
export function bodyOf(config: TransformerConfig, parameters: Parameters, places: Places): Body {
  const weight = (name: string) => parameter(parameters, name) as tf.Tensor
  return config.architecture === 'gpt2' ? gpt2(config, weight, places) : llama(config, weight, places)
}

/**
 * Fresh parameters, from Philox: weights N(0, 0.02), GPT-2's projections into the residual stream
 * N(0, 0.02/√(2·layers)), biases 0, gains 1. Throws INVALID_MODEL_SHAPE.
 */
export function initialiseTransformer(config: TransformerConfig, seed: number): Parameters {
  if (config.adapter)
    throw invalidShape('a fresh model is made without an adapter', 'add one with addLora afterwards')
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

/** Throws INVALID_MODEL_SHAPE when a size is not a positive integer, or the heads do not fit; INVALID_ADAPTER. */
export function checkConfig(config: TransformerConfig): void {
  checkShape(config)
  if (config.adapter) checkAdapter(config.adapter, parameterShapes({ ...config, adapter: undefined }))
}

function checkShape(config: TransformerConfig): void {
  const sizes: Record<string, number> = {
    ...{ vocabSize: config.vocabSize, maxPositions: config.maxPositions, width: config.width },
    ...{ layers: config.layers, heads: config.heads, mlpWidth: config.mlpWidth },
  }
  if (config.architecture === 'llama') {
    sizes.keyValueHeads = config.keyValueHeads
    sizes.headDim = config.headDim
  }
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw invalidShape(
        `${name} is ${size}, expected a positive integer`,
        'give every size as a whole number',
      )
  }
  const { width, heads } = config
  if (config.architecture === 'gpt2') {
    if (width % heads === 0) return
    throw invalidShape(
      `width ${width} is not divisible by heads ${heads}`,
      'choose a width that is a multiple of the number of heads',
    )
  }
  const { keyValueHeads, headDim, ropeTheta } = config
  if (heads % keyValueHeads !== 0)
    throw invalidShape(
      `heads ${heads} is not divisible by keyValueHeads ${keyValueHeads}`,
      'choose a number of key and value heads that divides the heads',
    )
  if (headDim % 2 !== 0)
    throw invalidShape(`headDim ${headDim} is odd`, 'choose an even one: rotary positions turn pairs')
  if (!(ropeTheta > 0))
    throw invalidShape(`ropeTheta is ${ropeTheta}, expected a positive number`, 'Llama 2 has 10000')
  if (config.ropeScaling) checkScaling(config.ropeScaling)
}

function checkScaling(scaling: RopeScaling): void {
  const { type, ...numbers } = scaling
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      throw invalidShape(
        `ropeScaling.${name} is ${value}, expected a positive number`,
        `give what config.json has as rope_scaling of type ${type}`,
      )
  }
  if (scaling.type === 'llama3' && scaling.lowFrequencyFactor >= scaling.highFrequencyFactor)
    throw invalidShape(
      `ropeScaling.lowFrequencyFactor ${scaling.lowFrequencyFactor} is not below highFrequencyFactor ` +
        `${scaling.highFrequencyFactor}`,
      'Llama 3.1 has 1 and 4',
    )
  if (scaling.type === 'yarn' && scaling.betaFast < scaling.betaSlow)
    throw invalidShape(
      `ropeScaling.betaFast ${scaling.betaFast} is below betaSlow ${scaling.betaSlow}`,
      'YaRN has 32 and 1',
    )
}

function invalidShape(message: string, hint: string): WhetstoneError {
  return new WhetstoneError('INVALID_MODEL_SHAPE', message, hint)
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

/** The name of the matrix from hidden states to logits: the embedding's where it is tied. */
export function headName(config: TransformerConfig): string {
  if (config.architecture === 'gpt2') return 'transformer.wte.weight'
  return config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'
}

/** The matrix from hidden states to logits, [vocabSize, width]. */
export function headOf(config: TransformerConfig, parameters: Parameters): tf.Tensor2D {
  return parameter(parameters, headName(config)) as tf.Tensor as tf.Tensor2D
}

/** hidden [..., width] · headᵀ, [..., vocabSize]. */
export function tokenLogits(config: TransformerConfig, parameters: Parameters, hidden: tf.Tensor): tf.Tensor {
  const rows = hidden.size / config.width
  return tf.tidy(() => {
    const flat = tf.reshape(hidden, [rows, config.width]) as tf.Tensor2D
    const logits = tf.matMul(flat, headOf(config, parameters), false, true)
    return tf.reshape(logits, [...hidden.shape.slice(0, -1), config.vocabSize])
  })
}

/** A padded batch's tokens and positions, flattened. */
export function placesOf(config: TransformerConfig, { tokens, mask }: TokenBatch): Places {
  const [batch, length] = tokens.shape
  const flat = [batch * length]
  const positions = positionsOf(mask, config.maxPositions)
  return { batch, length, tokens: tf.reshape(tokens, flat), positions: tf.reshape(positions, flat) }
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
