import * as tf from '@tensorflow/tfjs-core'
import { type EngineChoice, startEngine } from '#trainer/engine/start.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { strongParameters, tinyConfig, tinyLlama } from '#trainer/nn/checks.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { generate } from '#trainer/nn/rollout.ts'
import { type TransformerConfig, tokenLogits } from '#trainer/nn/transformer.ts'
import { policyLoss, valueLoss } from '#trainer/rlhf/losses.ts'
import { startsOf } from '#trainer/rlhf/masks.ts'
import { descend, differentiate } from './learn.ts'
import {
  inParts,
  measureLogProbs,
  measureValues,
  type Network,
  responseLogProbs,
  responseValues,
  type Sequence,
} from './sequences.ts'

/**
 * A program for agreement.test.ts: `node agreement-of.ts ENGINE PRECISION` computes the same small things on any engine and prints
 * them as one line of JSON, or why the engine is not here.
 */

export interface Computed {
  /** Numbers by name, of each architecture. */
  numbers: Record<string, Record<string, number[]>>
  /** Sampled tokens, of each architecture. */
  tokens: Record<string, number[][]>
}

const sizes = { vocabSize: 61, width: 32, mlpWidth: 64 }
const configs: Record<string, TransformerConfig> = {
  'GPT-2': { ...tinyConfig, ...sizes, heads: 4 },
  Llama: { ...tinyLlama, ...sizes, headDim: 8 },
}

const queries = [[3, 4, 5, 6], [7], [8, 9, 10], [11, 12, 13, 14, 15, 16]]
const responses = [
  [20, 21, 22, 23, 1],
  [24, 25],
  [26, 27, 28, 29, 30, 31, 32, 33],
  [34, 35, 36, 1],
]
const sequences: Sequence[] = queries.map((query, i) => ({ query, response: responses[i]! }))
const temperature = 0.7

function compute(config: TransformerConfig) {
  const policy: Network = { config, parameters: strongParameters(config, 5, 4, 0) }
  const numbers: Record<string, number[]> = {}
  const tokens = [
    { temperature, stopAtEos: true },
    { temperature: 1.2, topK: 9, topP: 0.9, stopAtEos: false },
  ].flatMap((options) => {
    const drawn = generate(policy, queries, { ...options, responseLength: 16, seed: 7, step: 2 })
    numbers[`log-probabilities of what is drawn at ${options.temperature}`] = drawn.logProbs.flat()
    return drawn.responses
  })
  const logits = tf.tidy(() => {
    const [T, padded] = [14, sequences.map(({ query, response }) => [...query, ...response])]
    const rows = padded.map((row) => [...row, ...Array(T - row.length).fill(config.padTokenId)])
    const mask = tf.tensor2d(padded.map((row) => Array.from({ length: T }, (_, i) => +(i < row.length))))
    const batch = { tokens: tf.tensor2d(rows, undefined, 'int32'), mask, rightPadded: true }
    const all = tokenLogits(config, policy.parameters, hiddenStates(config, policy.parameters, batch))
    return tf.mul(all, tf.expandDims(mask, -1))
  })
  numbers.logits = [...logits.dataSync()]
  logits.dispose()
  update(policy, numbers)
  return { numbers, tokens }
}

/** One PPO update of a policy and of a value model on the fixed sequences: two epochs of two micro-batches each. */
function update(policy: Network, numbers: Record<string, number[]>): void {
  const { config } = policy
  const value: Network = { config, parameters: strongParameters(config, 6, 4, 0) }
  addHead(value.parameters, 'reward', config.width, 1)
  const size = 2
  const measured = measureLogProbs(policy, sequences, { temperature, size })
  numbers['log-probabilities'] = [...measured.logProbs]
  numbers.entropies = [...measured.entropy]
  const values = measureValues(value, sequences, size)
  numbers.values = [...values]
  const advantages = measured.logProbs.map((_, i) => Math.sin(i))
  const returns = values.map((each, i) => each + Math.cos(i))
  const starts = startsOf(sequences.map(({ response }) => response.length))
  const parts = inParts([0, 1, 2, 3], size).map((rows) => ({
    part: rows.map((row) => sequences[row]!),
    slice: (all: Float32Array) => tf.tensor1d(all.slice(starts[rows[0]!]!, starts[rows.at(-1)! + 1]!)),
  }))
  const tokens = advantages.length
  const policyLosses = parts.map(({ part, slice }) => () => {
    const logProbs = tf.unstack(responseLogProbs(policy, part, temperature))[0] as tf.Tensor1D
    const options = { clipRange: 0.2, logRatioClamp: 20, tokens }
    return policyLoss(logProbs, slice(measured.logProbs), slice(advantages), options)
  })
  const valueLosses = parts.map(({ part, slice }) => () => {
    const options = { clipRange: 0.2, tokens }
    return valueLoss(responseValues(value, part), slice(values), slice(returns), options)
  })
  for (const [name, model, losses] of [
    ['policy', policy, policyLosses],
    ['value', value, valueLosses],
  ] as const) {
    // The gradient of a key's bias is 0 but for rounding, which Adam would magnify by 1/ε.
    const adam = createAdam(model.parameters, { form: 'torch', weightDecay: 0.01, epsilon: 1e-3 })
    for (let epoch = 0; epoch < 2; epoch++) {
      const pass = differentiate(model.parameters, losses)
      numbers[`${name}: loss of epoch ${epoch}`] = [pass.loss]
      if (epoch === 0)
        for (const [parameter, gradient] of pass.gradients)
          numbers[`${name}: gradient of ${parameter}`] = [...gradient.dataSync()]
      const options = { maxGradNorm: 1, learningRate: 1e-3, step: 1, lastGood: null }
      numbers[`${name}: norm of epoch ${epoch}`] = [descend(adam, pass, options)]
    }
    for (const [parameter, variable] of model.parameters)
      numbers[`${name}: ${parameter} afterwards`] = [...variable.dataSync()]
  }
}

if (import.meta.main) {
  const [engine, precision] = process.argv.slice(2) as [EngineChoice, 'fp32' | 'bf16']
  try {
    // Only torch is asked on another device, by $WHETSTONE_DEVICE.
    await startEngine(engine, { precision, device: engine === 'torch' ? 'auto' : 'cpu' })
    const computed = Object.entries(configs).map(([name, config]) => [name, compute(config)] as const)
    const numbers = Object.fromEntries(computed.map(([name, { numbers }]) => [name, numbers]))
    const tokens = Object.fromEntries(computed.map(([name, { tokens }]) => [name, tokens]))
    process.stdout.write(`${JSON.stringify({ numbers, tokens } satisfies Computed)}\n`)
  } catch (error) {
    // TensorFlow built for CUDA has no device 'cpu' where it sees a GPU.
    const accepted = ['ENGINE_UNAVAILABLE', ...(engine === 'tensorflow' ? ['DEVICE_UNAVAILABLE'] : [])]
    if (!(error instanceof WhetstoneError) || !accepted.includes(error.code)) throw error
    process.stdout.write(`${JSON.stringify({ unavailable: error.message })}\n`)
  }
}
