import * as tf from '@tensorflow/tfjs-core'
import { normals, uniform } from '#trainer/rlhf/philox.ts'
import type { Gpt2Config } from './gpt2.ts'
import type { LlamaConfig, RopeScaling } from './llama.ts'
import { addLora, withoutAdapter } from './lora.ts'
import type { Parameters, TransformerConfig } from './transformer.ts'
import { initialiseTransformer } from './transformer.ts'

/** A model small enough for tests; its width is no multiple of 64 and its heads are not a power of two. */
export const tinyConfig: Gpt2Config = {
  architecture: 'gpt2',
  vocabSize: 19,
  maxPositions: 24,
  width: 12,
  layers: 2,
  heads: 3,
  mlpWidth: 20,
  normEpsilon: 1e-5,
  eosTokenId: 1,
  padTokenId: 0,
  bosTokenId: null,
}

/** Two query heads share keys and values, heads · headDim is not the width, and the head is not tied. */
export const tinyLlama: LlamaConfig = {
  ...tinyConfig,
  architecture: 'llama',
  heads: 4,
  keyValueHeads: 2,
  headDim: 4,
  ropeTheta: 10_000,
  tiedEmbeddings: false,
}

const biases = { attentionBias: true, outputBias: true, mlpBias: true }

/** Scalings under which of a tiny head's two frequencies one is stretched in part at least. */
const tinyYarn: RopeScaling = {
  ...{ type: 'yarn', factor: 4, originalMaxPositions: 12, betaFast: 4, betaSlow: 0.01 },
}
const tinyLlama3Scaling: RopeScaling = {
  ...{ type: 'llama3', factor: 8, lowFrequencyFactor: 0.5, highFrequencyFactor: 4, originalMaxPositions: 12 },
}

export const tinyAdapted: LlamaConfig = {
  ...{ ...tinyLlama, attentionBias: true },
  adapter: { rank: 2, alpha: 4, targets: ['q_proj', 'v_proj', 'o_proj', 'down_proj'], rsLora: true },
}

/** For describe.each: every architecture's name with a tiny configuration. */
export const tinyConfigs: [string, TransformerConfig][] = [
  ['GPT-2', tinyConfig],
  ['Llama', tinyLlama],
  ['Llama with tied embeddings', { ...tinyLlama, keyValueHeads: 4, tiedEmbeddings: true }],
  ['Llama with all biases and yarn', { ...tinyLlama, ...biases, ropeScaling: tinyYarn }],
  [
    'Qwen 3 with the scaling of Llama 3',
    { ...tinyLlama, queryKeyNorm: true, ropeScaling: tinyLlama3Scaling },
  ],
]

/**
 * Fresh parameters of `factor` times the usual deviation, so that attention is not uniform and every gradient is well above rounding;
 * gains 1, biases 0 and an adapter's B 0 up to `uneven` times a standard normal.
 */
export function strongParameters(
  config: TransformerConfig,
  seed: number,
  factor = 10,
  uneven = 0.2,
): Parameters {
  const base = withoutAdapter(config)
  const parameters = initialiseTransformer(base, seed)
  if (config.adapter) addLora(base, parameters, config.adapter, seed)
  for (const [index, [name, value]] of [...parameters].entries()) {
    const drawn = normals(seed, 'initialisation', (1 << 12) + index, value.size, uneven)
    const strong = tf.tidy(() => {
      if (name.endsWith('.lora_A.weight')) return tf.clone(value)
      const even = value.rank === 1 || name.endsWith('.lora_B.weight')
      return even ? tf.add(value, tf.tensor(drawn, value.shape)) : tf.mul(value, factor)
    })
    value.assign(strong)
    strong.dispose()
  }
  return parameters
}

/**
 * Compares the gradient of Σ weights·f(inputs), with random weights, by every input against central differences
 * at `probes` places and along its own direction. Throws, naming the input, where the relative error exceeds 1e-2.
 */
export function checkGradients(
  f: (inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  { probes = 6, step = 1e-2 } = {},
): void {
  tf.tidy(() => {
    const size = tf.tidy(() => f(inputs).size)
    const weights = tf.tensor1d(normals(3, 'initialisation', 99, size, 1))
    const scalar = (given: tf.Tensor[]) => tf.sum(tf.mul(tf.reshape(f(given), [size]), weights)) as tf.Scalar
    const { grads } = tf.engine().gradients(() => scalar(inputs), inputs)
    for (const [i, input] of inputs.entries()) {
      const gradient = grads[i]!.dataSync()
      const norm = Math.hypot(...gradient)
      for (let probe = 0; probe < probes; probe++) {
        const place = Math.floor(uniform(7, 'split', i, 0, probe) * input.size)
        const direction = new Float32Array(input.size)
        direction[place] = 1
        const numeric = slope(scalar, inputs, i, direction, step)
        compare(`input ${i} at ${place}`, gradient[place]!, numeric, norm / Math.sqrt(input.size))
      }
      const along = Float32Array.from(gradient, (value) => value / norm)
      compare(`input ${i} along its gradient`, norm, slope(scalar, inputs, i, along, step), 0)
    }
  })
}

/** (f(x + h·d) − f(x − h·d)) / 2h for two h, extrapolated to h → 0 (Richardson). */
function slope(
  f: (inputs: tf.Tensor[]) => tf.Scalar,
  inputs: tf.Tensor[],
  i: number,
  direction: Float32Array,
  step: number,
): number {
  const difference = (h: number) =>
    tf.tidy(() => {
      const move = tf.mul(tf.tensor(direction, inputs[i]!.shape), h)
      const at = (moved: tf.Tensor) => f(inputs.with(i, moved)).dataSync()[0]!
      return (at(tf.add(inputs[i]!, move)) - at(tf.sub(inputs[i]!, move))) / (2 * h)
    })
  return (4 * difference(step) - difference(2 * step)) / 3
}

function compare(where: string, gradient: number, numeric: number, scale: number): void {
  const error = Math.abs(gradient - numeric) / Math.max(Math.abs(numeric), scale, 1e-3)
  if (!(error < 1e-2))
    throw new Error(`${where}: the gradient is ${gradient}, the difference quotient ${numeric}`)
}
