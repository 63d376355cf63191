import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { makeVariable, type Parameters } from './transformer.ts'

/**
 * Adds a scalar head to the parameters, by the names Hugging Face gives it. 'reward': score.weight [1, width]
 * of GPT2ForSequenceClassification, N(0, 1/√(width + 1)); it has no bias there. 'value': classifier.weight
 * [1, width] and classifier.bias [1] of GPT2ForTokenClassification, zeros, so that the first values are 0.
 */
export function addHead(parameters: Parameters, kind: 'reward' | 'value', width: number, seed: number): void {
  if (kind === 'reward') {
    const deviation = 1 / Math.sqrt(width + 1)
    parameters.set(
      'score.weight',
      makeVariable(normals(seed, 'initialisation', 1 << 20, width, deviation), [1, width]),
    )
    return
  }
  parameters.set('classifier.weight', makeVariable(new Float32Array(width), [1, width]))
  parameters.set('classifier.bias', makeVariable(new Float32Array(1), [1]))
}

/** One number for every hidden state: hidden [..., width] to [...]. Throws PARAMETER_MISSING. */
export function scalarHead(parameters: Parameters, hidden: tf.Tensor): tf.Tensor {
  const weight = scalarWeight(parameters)
  const bias = parameters.get('classifier.bias')
  const width = weight.shape[1]!
  return tf.tidy(() => {
    const column = tf.reshape(weight, [width, 1]) as tf.Tensor2D
    const values = tf.matMul(tf.reshape(hidden, [hidden.size / width, width]) as tf.Tensor2D, column) // [N, 1]
    return tf.reshape(bias ? tf.add(values, bias) : values, hidden.shape.slice(0, -1))
  })
}

/** The scalar head's row, [1, width]. Throws PARAMETER_MISSING. */
export function scalarWeight(parameters: Parameters): tf.Variable {
  const weight = parameters.get('score.weight') ?? parameters.get('classifier.weight')
  if (weight) return weight
  throw new WhetstoneError(
    'PARAMETER_MISSING',
    'the model has no scalar head (score.weight or classifier.weight)',
    'load the folder with the kind "reward" or "value"',
  )
}
