import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { tokenLogits } from '#trainer/nn/transformer.ts'
import { measureLogProbs, measureScores, measureValues } from './sequences.ts'
import { tinyPolicy } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const tokens = (maxLength: number) => fc.array(fc.integer({ min: 2, max: 250 }), { minLength: 1, maxLength })
const sequences = fc.array(fc.record({ query: tokens(6), response: tokens(5) }), {
  minLength: 1,
  maxLength: 5,
})

test('what a sequence measures does not depend on the padding its batch gives it', () => {
  const model = tinyPolicy(3)
  addHead(model.parameters, 'reward', model.config.width, 3)
  const options = { temperature: 0.7, size: 8 }
  fc.assert(
    fc.property(sequences, (batch) => {
      const together = measureLogProbs(model, batch, options)
      const alone = batch.map((sequence) => measureLogProbs(model, [sequence], options))
      const close = (packed: Float32Array, parts: Float32Array[]) => {
        const expected = parts.flatMap((part) => [...part])
        expect(packed).toHaveLength(expected.length)
        packed.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 4)
        })
      }
      close(
        together.logProbs,
        alone.map(({ logProbs }) => logProbs),
      )
      close(
        together.entropy,
        alone.map(({ entropy }) => entropy),
      )
      close(
        measureScores(model, batch, 8),
        batch.map((sequence) => measureScores(model, [sequence], 1)),
      )
      close(
        measureValues(model, batch, 8),
        batch.map((sequence) => measureValues(model, [sequence], 1)),
      )
    }),
    { numRuns: 15 },
  )
  model.dispose()
})

test('a response token is measured by the logits of the position before it, divided by the temperature', () => {
  const model = tinyPolicy(4)
  const sequence = { query: [10, 20, 30], response: [40, 50] }
  const { logProbs } = measureLogProbs(model, [sequence], { temperature: 0.5, size: 1 })
  const logs = tf.tidy(() => {
    const hidden = hiddenStates(model.config, model.parameters, {
      tokens: tf.tensor2d([[10, 20, 30, 40, 50]], [1, 5], 'int32'),
      mask: tf.ones([1, 5]),
    })
    const logits = tokenLogits(model.config, model.parameters, hidden) // [1, 5, V]
    return tf.logSoftmax(tf.div(logits, 0.5)).arraySync() as number[][][]
  })
  // Positions 2 and 3 of 5: [context − 1 : −1].
  expect(logProbs[0]).toBeCloseTo(logs[0]![2]![40]!, 4)
  expect(logProbs[1]).toBeCloseTo(logs[0]![3]![50]!, 4)
  model.dispose()
})
