import * as tf from '@tensorflow/tfjs-core'
import type { Model } from '#trainer/io/model-folder.ts'
import { type Adam, createAdam } from '#trainer/nn/adam.ts'
import { disposeGradients, gradients } from '#trainer/nn/gradients.ts'
import { generate } from '#trainer/nn/rollout.ts'
import { makeVariable, type Parameters, parameterShapes } from '#trainer/nn/transformer.ts'
import { responseLogProbs } from '#trainer/recipes/sequences.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import type { Shape } from './shapes.ts'

/** What the trainer does all day, on one model. */
export interface Work {
  /** Of the model, in numbers. */
  parameters: number
  /** A step of the recipes: log-probabilities of the responses, their loss, all gradients, AdamW. Returns the loss. */
  train(): number
  /** Samples so many tokens for the first so many prompts. */
  rollout(rows: number, responseLength: number): void
  dispose(): void
}

/** tokens: [rows · (promptLength + responseLength)]. */
export function makeWork(shape: Shape, tokens: number[], rows: number): Work {
  const { model: config, promptLength, responseLength } = shape
  const parameters = makeParameters(config)
  const length = promptLength + responseLength
  const sequences = Array.from({ length: rows }, (_, row) => {
    const all = tokens.slice(row * length, (row + 1) * length)
    return { query: all.slice(0, promptLength), response: all.slice(promptLength) }
  })
  // What responseLogProbs reads of a model; a tokenizer is not among it.
  const model = { kind: 'policy', config, parameters } as Model
  let adam: Adam | undefined
  let steps = 0
  return {
    parameters: [...parameters.values()].reduce((sum, { size }) => sum + size, 0),

    train() {
      // PyTorch's defaults, as the peer's.
      adam ??= createAdam(parameters, { form: 'torch', epsilon: 1e-8, weightDecay: 0.01 })
      const result = gradients(() => {
        const measured = responseLogProbs(model, sequences, 1) // [2, N]
        return { loss: tf.neg(tf.mean(tf.slice(measured, [0, 0], [1, -1]))) as tf.Scalar }
      }, parameters)
      adam.step(result.gradients, 1e-5)
      disposeGradients(result.gradients)
      return result.loss
    },

    rollout(count, tokensWanted) {
      generate(
        model,
        sequences.slice(0, count).map(({ query }) => query),
        {
          responseLength: tokensWanted,
          temperature: 1,
          topK: 0,
          topP: 1,
          seed: 1,
          step: steps++,
          stopAtEos: false,
          batchSize: count,
        },
      )
    },

    dispose() {
      adam?.dispose()
      tf.dispose([...parameters.values()])
    },
  }
}

/** N(0, 0.02) as in a fresh model, but one block of numbers over and over: a billion of them are made in seconds. */
export function makeParameters(config: Shape['model']): Parameters {
  const block = normals(1, 'initialisation', 0, 1 << 20, 0.02)
  const parameters: Parameters = new Map()
  for (const [name, dimensions] of parameterShapes(config)) {
    const values = new Float32Array(dimensions.reduce((product, side) => product * side, 1))
    if (dimensions.length === 2) {
      for (let at = 0; at < values.length; at += block.length)
        values.set(block.subarray(0, Math.min(block.length, values.length - at)), at)
    } else if (name.endsWith('.weight')) values.fill(1)
    parameters.set(name, makeVariable(values, dimensions))
  }
  return parameters
}
