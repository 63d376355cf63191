import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { normals } from '#trainer/rlhf/philox.ts'
import { checkGradients } from './checks.ts'
import { withoutFused } from './fused.ts'
import { klDivergence } from './token-probabilities.ts'

beforeAll(() => startEngine('auto'))

describe('the divergence of a row', () => {
  it('sums p·(log p − log q) over the vocabulary, at the temperature', () => {
    // p = [1, 3]/4, q = [1, 1]/2: ¼·log ½ + ¾·log 3⁄2 = 0.130812; at temperature 2, p = [1, √3]/(1 + √3):
    // 0.366025·log 0.732051 + 0.633975·log 1.267949 = 0.036341
    const hidden = tf.tensor2d([[1]])
    const head = tf.tensor2d([[0], [Math.log(3)]])
    const reference = { hidden, head: tf.tensor2d([[0.5], [0.5]]) }
    expect(klDivergence(hidden, head, reference, 1).dataSync()[0]).toBeCloseTo(0.130812, 5)
    expect(klDivergence(hidden, head, reference, 2).dataSync()[0]).toBeCloseTo(0.036341, 5)
    expect(klDivergence(hidden, head, { hidden, head }, 1).dataSync()[0]).toBeCloseTo(0, 6)
  })

  it('has the gradient that finite differences give', () => {
    const random = (index: number, ...shape: number[]) =>
      tf.tensor(normals(4, 'initialisation', index, shape[0]! * shape[1]!, 1), shape)
    const reference = { hidden: random(0, 5, 3) as tf.Tensor2D, head: random(1, 7, 3) as tf.Tensor2D }
    checkGradients(
      ([hidden, head]) =>
        withoutFused(() => klDivergence(hidden as tf.Tensor2D, head as tf.Tensor2D, reference, 0.7)),
      [random(2, 5, 3), random(3, 7, 3)],
    )
  })
})
