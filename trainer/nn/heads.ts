import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { makeVariable, type Parameters } from './transformer.ts'

/**
 * Adds a scalar head to the parameters, by the names Hugging Face gives it. 'reward': score.weight [heads, width]
 * of …ForSequenceClassification, N(0, 1/√(width + 1)), each row drawn by itself; it has no bias there. 'value':
 * classifier.weight [1, width] and classifier.bias [1] of …ForTokenClassification, zeros, so that the first values are 0.
 */
export function addHead(
  parameters: Parameters,
  kind: 'reward' | 'value',
  width: number,
  seed: number,
  heads = 1,
): void {
  if (kind === 'reward') {
    const deviation = 1 / Math.sqrt(width + 1)
    const values = new Float32Array(heads * width)
    for (let head = 0; head < heads; head++)
      values.set(normals(seed, 'initialisation', (1 << 20) + head, width, deviation), head * width)
    parameters.set('score.weight', makeVariable(values, [heads, width]))
    return
  }
  parameters.set('classifier.weight', makeVariable(new Float32Array(width), [1, width]))
  parameters.set('classifier.bias', makeVariable(new Float32Array(1), [1]))
}

/** One number for every hidden state, of several heads their mean: hidden [..., width] to [...]. Throws PARAMETER_MISSING. */
export function scalarHead(parameters: Parameters, hidden: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const all = eachHead(parameters, hidden) // [N, heads]
    const values = all.shape[1] === 1 ? all : tf.mean(all, 1)
    return tf.reshape(values, hidden.shape.slice(0, -1))
  })
}

/** What each head makes of every hidden state: hidden [..., width] to [N, heads]. Throws PARAMETER_MISSING. */
export function eachHead(parameters: Parameters, hidden: tf.Tensor): tf.Tensor2D {
  const weight = scalarWeight(parameters)
  const bias = parameters.get('classifier.bias')
  const [heads, width] = weight.shape as [number, number]
  return tf.tidy(() => {
    const columns = heads === 1 ? tf.reshape(weight, [width, 1]) : tf.transpose(weight)
    const rows = tf.reshape(hidden, [hidden.size / width, width]) as tf.Tensor2D
    const values = tf.matMul(rows, columns as tf.Tensor2D)
    return (bias ? tf.add(values, bias) : values) as tf.Tensor2D
  })
}

/** The rows of the scalar head, [heads, width]. Throws PARAMETER_MISSING. */
export function scalarWeight(parameters: Parameters): tf.Variable {
  const weight = parameters.get('score.weight') ?? parameters.get('classifier.weight')
  if (weight) return weight
  throw new WhetstoneError(
    'PARAMETER_MISSING',
    'the model has no scalar head (score.weight or classifier.weight)',
    'load the folder with the kind "reward" or "value"',
  )
}
