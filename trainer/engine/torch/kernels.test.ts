import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TorchBackend } from './backend.ts'
import { startEngine } from '../start.ts'

// What TensorFlow.js' own tests (conformance/) do not ask: storage, views, errors.

let backend: TorchBackend

beforeAll(async () => {
  await startEngine('torch')
  backend = tf.backend() as TorchBackend
})

const bytes = () => (tf.memory() as unknown as { numBytesInUse: number }).numBytesInUse
const values = (x: tf.Tensor) => {
  const read = Array.from(x.dataSync())
  x.dispose()
  return read
}

describe('an error of libtorch', () => {
  it('names the kernel, its inputs and their shapes', () => {
    const a = tf.ones([2, 3])
    const b = tf.ones([4, 5])
    expect(() => tf.engine().runKernel('Maximum', { a, b: a.transpose() } as never)).toThrow(/^Maximum/)
    expect(() => tf.einsum('ij,jk->ik', a, b)).toThrow(/^Einsum/)
    expect(() => tf.engine().runKernel('Reshape', { x: a } as never, { shape: [4] })).toThrow(
      expect.objectContaining({
        code: 'KERNEL_FAILED',
        message: expect.stringMatching(/^Reshape\(x float32\[2,3\]\): shape '\[4\]' is invalid for input of size 6/),
        hint: expect.stringContaining('shapes'),
      }),
    )
    tf.dispose([a, b])
  })

  it('names the index that is out of range', () => {
    const x = tf.ones([4, 2])
    expect(() => tf.gather(x, [0, 4])).toThrow(/^GatherV2\(x float32\[4,2\], indices int32\[2\]\): .*range/)
    expect(() => tf.gather(x, [-1])).toThrow(/GatherV2.*range/)
    x.dispose()
  })

  it('leaves no slot behind', () => {
    const x = tf.ones([4, 2])
    const before = backend.addon.liveSlots()
    for (let i = 0; i < 10; i++) expect(() => tf.reshape(x, [3])).toThrow()
    expect(backend.addon.liveSlots()).toBe(before)
    x.dispose()
  })

  it('says of strings that the engine has no kernels for them', () => {
    const words = tf.tensor1d(['a', 'b'])
    expect(() => tf.concat([words, words])).toThrow(/^Concat\(.*string.*not with strings/)
    expect(tf.reshape(words, [2, 1]).dataSync()).toEqual(['a', 'b'])
    words.dispose()
  })
})

describe('a view', () => {
  it('outlives the tensor it was taken from', () => {
    const source = tf.range(0, 12, 1, 'int32')
    const matrix = source.reshape([3, 4])
    const transposed = matrix.transpose<tf.Tensor2D>()
    const row = transposed.slice([0, 0], [3, 3])
    tf.dispose([source, matrix, transposed])
    expect(values(row)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10])
  })

  it('takes no memory of its own, unless it keeps less than half', () => {
    const before = bytes()
    const source = tf.ones([64, 1024])
    const size = 64 * 1024 * 4
    expect(bytes() - before).toBe(size)
    const transposed = source.transpose()
    const most = source.slice([0, 0], [32, 1024])
    expect(bytes() - before).toBe(size)
    const few = source.slice([0, 0], [1, 1024])
    expect(bytes() - before).toBe(size + 4096)
    tf.dispose([source, transposed, most])
    expect(bytes() - before).toBe(4096)
    few.dispose()
    expect(bytes()).toBe(before)
  })

  it.each<[string, (x: tf.Tensor2D) => tf.Tensor, number[]]>([
    ['sum', (x) => x.sum(0), [6, 15]],
    ['concat', (x) => tf.concat([x, x], 1).slice([0, 0], [1, 4]), [1, 4, 1, 4]],
    ['matMul', (x) => tf.matMul(x, x, true), [14, 32, 32, 77]],
    ['gather', (x) => x.gather([2, 0]), [3, 6, 1, 4]],
    ['reshape', (x) => x.reshape([6]), [1, 4, 2, 5, 3, 6]],
    ['relu', (x) => x.sub(3).relu(), [0, 1, 0, 2, 0, 3]],
    ['argMax', (x) => x.argMax(0), [2, 2]],
    ['oneHot', (x) => tf.oneHot(x.cast('int32').slice([0, 1], [1, 1]).flatten() as tf.Tensor1D, 5), [0, 0, 0, 0, 1]],
    ['searchSorted', (x) => tf.searchSorted(x.transpose(), x.transpose()), [0, 1, 2, 0, 1, 2]],
  ])('that is not contiguous is read right by %s', (_, compute, expected) => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])
    const result = tf.tidy(() => compute(x.transpose()))
    expect(values(result)).toEqual(expected)
    x.dispose()
  })
})

it('two thousand operations and more leave no slots, no tensors and no bytes behind', () => {
  const weights = tf.variable(tf.randomUniform([16, 8], -1, 1, 'float32', 7))
  // At least 20 kernels with those of the gradients.
  const mixed = () => {
    const x = tf.range(0, 64).reshape([4, 16])
    const [left, right] = tf.split(x.matMul(weights).softmax(), 2, 1)
    const top = tf.topk(left!.add(right!), 2)
    const rows = top.indices.flatten().cast('int32')
    const loss = () => tf.gather(weights, rows).add(weights.sum(0)).square().mean().asScalar()
    return Object.values(tf.variableGrads(loss).grads)[0]!
  }
  const state = () => [backend.addon.liveSlots(), tf.memory().numTensors, backend.numDataIds(), bytes()]
  tf.tidy(mixed).dispose()
  const before = state()
  for (let round = 0; round < 100; round++) tf.tidy(mixed).dispose()
  expect(state()).toEqual(before)
  weights.dispose()
})

it('an upload refuses values of another number or type than the shape and dtype say', () => {
  expect(() => backend.addon.upload(new Float32Array(3), [2, 2], 'float32')).toThrow('3 values do not fill')
  expect(() => backend.addon.upload(new Int32Array(4), [2, 2], 'float32')).toThrow('do not fill')
})

it('a seed means the same samples again, and they follow the probabilities', () => {
  const logits = tf.log(tf.tensor2d([[0.7, 0, 0.3]]))
  const draw = (seed: number) => values(tf.multinomial(logits as tf.Tensor2D, 4000, seed))
  const first = draw(0.25)
  expect(draw(0.25)).toEqual(first)
  expect(draw(0.5)).not.toEqual(first)
  expect(first.includes(1)).toBe(false)
  expect(first.filter((token) => token === 0).length / 4000).toBeCloseTo(0.7, 1)
  logits.dispose()
})
