import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { rightPad } from '#trainer/text/padding.ts'
import { strongParameters, tinyConfig } from './checks.ts'
import { addScaled, conjugateGradient, dot } from './conjugate-gradient.ts'
import { fisherVectorProduct, snapshot } from './fisher.ts'
import { disposeGradients, type Gradients, gradients } from './gradients.ts'
import { hiddenStates } from './hidden-states.ts'
import { klDivergence, tokenLogProbs } from './token-probabilities.ts'
import { headOf, makeVariable, type Parameters } from './transformer.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const vectorOf = (...values: number[]): Gradients => new Map([['x', tf.tensor1d(values)]])
const read = (map: Gradients | Parameters) => [...map.values()].flatMap((tensor) => [...tensor.dataSync()])

describe('conjugate gradient', () => {
  const matrix = [
    [4, 1, 0],
    [1, 3, 1],
    [0, 1, 2],
  ]
  const multiply = (vector: Gradients): Gradients => {
    const values = vector.get('x')!.dataSync()
    return vectorOf(...matrix.map((row) => row.reduce((sum, entry, i) => sum + entry * values[i]!, 0)))
  }

  test('solves three equations in three steps', () => {
    // 4·1 − 2 = 2; 1 − 6 + 3 = −2; −2 + 6 = 4
    const { x, residuals } = conjugateGradient(multiply, vectorOf(2, -2, 4), { iterations: 3, tolerance: 0 })
    const [first, second, third] = read(x)
    expect(first).toBeCloseTo(1, 5)
    expect(second).toBeCloseTo(-2, 5)
    expect(third).toBeCloseTo(3, 5)
    expect(residuals.at(-1)).toBeLessThan(1e-5)
  })

  test('stops at the tolerance, and where there is no curvature', () => {
    const options = { iterations: 9, tolerance: 0.5 }
    expect(conjugateGradient(multiply, vectorOf(2, -2, 4), options).residuals.at(-1)).toBeLessThan(0.5)
    const flat = conjugateGradient(() => vectorOf(0, 0, 0), vectorOf(1, 0, 0), options)
    expect(read(flat.x)).toEqual([0, 0, 0])
    expect(read(conjugateGradient(multiply, vectorOf(0, 0, 0), options).x)).toEqual([0, 0, 0])
  })

  test('leaves nothing behind', () => {
    const b = vectorOf(2, -2, 4)
    const before = tf.memory().numTensors
    disposeGradients(conjugateGradient(multiply, b, { iterations: 3, tolerance: 0 }).x)
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('a snapshot moves parameters and puts them back bit for bit', () => {
  const parameters: Parameters = new Map([['x', makeVariable(Float32Array.of(0.1, 0.7), [2])]])
  const before = read(parameters)
  const at = snapshot(parameters)
  at.move(vectorOf(1, -2), 0.5)
  expect(read(parameters).map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.6, -0.3])
  at.restore()
  expect(read(parameters)).toEqual(before)
  at.dispose()
})

describe('the Fisher product of a small transformer', () => {
  const config = tinyConfig
  const rows = [
    [5, 7, 9, 3],
    [6, 4],
  ]
  const temperature = 0.7
  const hiddenOf = (parameters: Parameters) => {
    const batch = rightPad(rows, config.padTokenId)
    const shape: [number, number] = [batch.rows, batch.length]
    const hidden = hiddenStates(config, parameters, {
      tokens: tf.tensor2d(batch.tokens, shape, 'int32'),
      mask: tf.tensor2d(batch.mask, shape),
      rightPadded: true,
    })
    const flat = tf.reshape(hidden, [-1, config.width])
    return tf.gather(flat, tf.tensor1d([0, 1, 2, 3, 4, 5], 'int32')) as tf.Tensor2D // 6 places, no padding
  }

  /** The KL of the distributions at the parameters as they are to those at the beginning, mean of 6 places. */
  const divergenceFrom = (parameters: Parameters) => {
    const old = { hidden: tf.tidy(() => hiddenOf(parameters)), head: headOf(config, parameters).clone() }
    return () =>
      gradients(() => {
        const kl = klDivergence(hiddenOf(parameters), headOf(config, parameters), old, temperature)
        return { loss: tf.mean(kl) as tf.Scalar }
      }, parameters)
  }

  /** Σ_v p_v·(∇log p_v · vector)·∇log p_v, the mean of the places: the definition of the Fisher information. */
  const explicit = (parameters: Parameters, vector: Gradients): Gradients => {
    let sum: Gradients | undefined
    for (let place = 0; place < 6; place++)
      for (let token = 0; token < config.vocabSize; token++) {
        const { loss, gradients: score } = gradients(() => {
          const row = tf.slice(hiddenOf(parameters), [place, 0], [1, config.width]) as tf.Tensor2D
          const both = tokenLogProbs(config, parameters, row, tf.tensor1d([token], 'int32'), temperature)
          return { loss: tf.reshape(tf.slice(both, [0, 0], [1, 1]), []) as tf.Scalar }
        }, parameters)
        const factor = (Math.exp(loss) * dot(score, vector)) / 6
        sum = addScaled(
          sum ?? new Map(Array.from(score, ([name, g]) => [name, tf.zerosLike(g)])),
          score,
          factor,
        )
      }
    return sum!
  }

  const randomVector = (parameters: Parameters, seed: number): Gradients =>
    new Map(
      Array.from(parameters, ([name, { size, shape }], i) => [
        name,
        tf.tensor(normals(seed, 'initialisation', i, size, 1), shape),
      ]),
    )

  test('is the explicit Fisher information times the vector, whatever step is tried first', () => {
    const parameters = strongParameters(config, 3, 5)
    const before = read(parameters)
    const divergence = divergenceFrom(parameters)
    const vector = randomVector(parameters, 1)
    const expected = read(explicit(parameters, vector))
    const length = Math.hypot(...expected)
    for (const startStep of [1e-5, 1e-2, 100]) {
      const { product } = fisherVectorProduct(parameters, vector, divergence, { startStep })
      const apart = read(product).map((value, i) => value - expected[i]!)
      expect(Math.hypot(...apart) / length).toBeLessThan(5e-3)
    }
    expect(read(parameters)).toEqual(before)
  })

  test('is symmetric and positive', () => {
    const parameters = strongParameters(config, 3, 5)
    const divergence = divergenceFrom(parameters)
    const [u, v] = [randomVector(parameters, 1), randomVector(parameters, 2)]
    const times = (vector: Gradients) =>
      fisherVectorProduct(parameters, vector, divergence, { startStep: 1e-2 }).product
    const [Fu, Fv] = [times(u), times(v)]
    expect(dot(u, Fu)).toBeGreaterThan(0)
    expect(Math.abs(dot(u, Fv) - dot(v, Fu)) / Math.sqrt(dot(u, Fu) * dot(v, Fv))).toBeLessThan(5e-3)
  })
})
