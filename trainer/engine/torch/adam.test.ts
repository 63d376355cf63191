import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { makeVariable, type Parameters } from '#trainer/nn/transformer.ts'

const engine = await startEngine('auto')
beforeAll(() => tf.setBackend(engine.name))

describe.skipIf(engine.name !== 'torch')('the optimiser, which changes parameters in place,', () => {
  const start = [1, 2, 3, 4]
  const step = (parameters: Parameters) => {
    const adam = createAdam(parameters)
    adam.step(new Map([['w', tf.tensor2d([1, 1, 1, 1], [2, 2])]]), 0.5)
    adam.dispose()
  }

  it.each([
    ['a clone', (w: tf.Variable) => tf.clone(w)],
    ['a reshaped view', (w: tf.Variable) => tf.reshape(w, [4])],
    ['a transposed view', (w: tf.Variable) => tf.transpose(tf.transpose(w))],
    ['a slice', (w: tf.Variable) => tf.slice(w, [0, 0], [2, 2])],
  ])('leaves %s of a parameter as it was', (_, take) => {
    const w = makeVariable(Float32Array.from(start), [2, 2])
    const taken = take(w)
    step(new Map([['w', w]]))
    expect([...taken.dataSync()]).toEqual(start)
    expect([...w.dataSync()]).not.toEqual(start)
    step(new Map([['w', w]]))
    expect([...taken.dataSync()]).toEqual(start)
  })

  it('leaves the tensor that a parameter was made of as it was', () => {
    const given = tf.tensor2d(start, [2, 2])
    const w = tf.variable(given)
    step(new Map([['w', w]]))
    expect([...given.dataSync()]).toEqual(start)
    expect([...w.dataSync()]).not.toEqual(start)
  })
})
