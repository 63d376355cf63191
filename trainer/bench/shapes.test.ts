import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parameterShapes } from '#trainer/nn/transformer.ts'
import {
  decodedBytes,
  forwardFlops,
  matrixElements,
  rolloutFlops,
  type Shape,
  shapes,
  tokensOf,
  trainFlops,
} from './shapes.ts'

// Elements: 1 layer of 4·2² + 2·2·4 = 32, a head of 3·2 = 6.
const small: Shape = {
  model: { ...shapes.tiny.model, width: 2, mlpWidth: 4, layers: 1, heads: 1, vocabSize: 3 },
  rows: 1,
  rolloutRows: [1],
  promptLength: 2,
  responseLength: 2,
  precisions: ['fp32'],
}

test('the shapes have the parameters of the models they are named after', () => {
  const count = (shape: Shape) =>
    [...parameterShapes(shape.model).values()].reduce((sum, sides) => sum + sides.reduce((a, b) => a * b), 0)
  expect(count(shapes.smol)).toBe(134_515_008)
  expect(count(shapes.llama1b)).toBe(1_100_048_384)
})

test('the matrices are all parameters but embeddings that are no head, biases and norms', () => {
  // 30 · (2·576·576 + 2·576·192 + 3·576·1536); the norms are 61 · 576 more.
  expect(matrixElements(shapes.smol.model)).toEqual({ layers: 106_168_320, head: 28_311_552 })
  expect(106_168_320 + 28_311_552 + 61 * 576).toBe(134_515_008)
})

test('a forward pass counts matrices, attention over the past, and the logits asked for', () => {
  // 2·32·2 for two tokens, 4·2·(1 + 2) for three pairs, 2·6 for one row of logits.
  expect(forwardFlops(small.model, { rows: 1, from: 0, to: 2, logits: 1 })).toBe(128 + 24 + 12)
})

test('a train step counts three forward passes over prompt and response', () => {
  // 2·32·4 + 4·2·(1 + 2 + 3 + 4) + 2·6·2
  expect(trainFlops(small, 5)).toBe(3 * 5 * (256 + 80 + 24))
})

test('a rollout counts its prompt, and each token but the last one drawn', () => {
  // The prompt as above; then one token that attends to three: 2·32 + 4·2·3 + 2·6.
  expect(rolloutFlops(small, 1)).toBe(164 + 100)
})

test('a pass in two parts costs what the whole does', () => {
  const part = fc.nat({ max: 100 })
  fc.assert(
    fc.property(part, part, (first, second) => {
      const flops = (from: number, to: number) =>
        forwardFlops(shapes.smol.model, { rows: 3, from, to, logits: to - from })
      expect(flops(0, first) + flops(first, first + second)).toBe(flops(0, first + second))
    }),
  )
})

test('decoding reads each matrix once, in the bytes of its precision', () => {
  expect(decodedBytes(small.model, 'fp32')).toBe(38 * 4)
  expect(decodedBytes(small.model, 'bf16')).toBe(38 * 2)
})

test('no token of the work is special', () => {
  const tokens = tokensOf(shapes.tiny, 64)
  expect(tokens).toHaveLength(64 * 64)
  expect(Math.min(...tokens)).toBe(2)
  expect(Math.max(...tokens)).toBeLessThan(2048)
})
