import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '../start.ts'
import type { TorchBackend } from './backend.ts'

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

describe('an error', () => {
  it('of libtorch names the kernel, its inputs and their shapes', () => {
    const a = tf.ones([2, 3])
    const b = tf.ones([4, 5])
    expect(() => tf.engine().runKernel('Add', { a, b } as never)).toThrow(
      expect.objectContaining({
        code: 'KERNEL_FAILED',
        message: expect.stringMatching(/^Add: .*tensor a \(3\).* \(a float32\[2,3\], b float32\[4,5\]\)$/),
        hint: 'check the shapes and dtypes given to Add; the engine is "torch"',
      }),
    )
    tf.dispose([a, b])
  })

  it('of TensorFlow.js keeps its words, and the hint names the kernel', () => {
    const x = tf.ones([2, 3])
    expect(() => tf.engine().runKernel('Reshape', { x } as never, { shape: [4] })).toThrow(
      expect.objectContaining({
        code: 'KERNEL_FAILED',
        message: 'Size(6) must match the product of shape 4',
        hint: 'check what was given to Reshape: x float32[2,3]',
      }),
    )
    x.dispose()
  })

  it('names the index that is out of range', () => {
    const x = tf.ones([4, 2])
    const four = tf.tensor2d([[4]], [1, 1], 'int32')
    const gather = () => tf.gather(x, four)
    expect(gather).toThrow(
      'GatherV2: the index value 4 is not in [0, 3] (x float32[4,2], indices int32[1,1])',
    )
    expect(() => tf.tidy(() => tf.gather(x, [-1]))).toThrow('the index value -1 is not in [0, 3]')
    expect(() => tf.gatherND(x, four)).toThrow('the index value 4 is not in [0, 3]')
    expect(() => tf.tidy(() => tf.scatterND(four, tf.ones([1]), [3]))).toThrow('4 is not in [0, 2]')
    tf.dispose([x, four])
  })

  it('leaves no slot behind', () => {
    const x = tf.ones([4, 2])
    const y = tf.ones([2, 4])
    const before = backend.addon.liveSlots()
    for (let i = 0; i < 10; i++) expect(() => tf.matMul(x, x)).toThrow()
    for (let i = 0; i < 10; i++) expect(() => tf.concat([x, y])).toThrow()
    expect(backend.addon.liveSlots()).toBe(before)
    tf.dispose([x, y])
  })
})

describe('a view', () => {
  it('outlives the tensor it was taken from', () => {
    const source = tf.range(0, 12, 1, 'int32')
    const matrix = tf.reshape(source, [3, 4])
    const transposed = tf.transpose(matrix)
    const row = tf.slice(transposed, [0, 0], [3, 3])
    tf.dispose([source, matrix, transposed])
    expect(values(row)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10])
  })

  it('takes no memory of its own, unless it keeps less than half', () => {
    const before = bytes()
    const source = tf.ones([64, 1024])
    const size = 64 * 1024 * 4
    expect(bytes() - before).toBe(size)
    const transposed = tf.transpose(source)
    const most = tf.slice(source, [0, 0], [32, 1024])
    expect(bytes() - before).toBe(size)
    const few = tf.slice(source, [0, 0], [1, 1024])
    expect(bytes() - before).toBe(size + 4096)
    tf.dispose([source, transposed, most])
    expect(bytes() - before).toBe(4096)
    few.dispose()
    expect(bytes()).toBe(before)
  })

  it.each<[string, (x: tf.Tensor2D) => tf.Tensor, number[]]>([
    ['sum', (x) => tf.sum(x, 0), [6, 15]],
    ['concat', (x) => tf.concat([x, x], 1), [1, 4, 1, 4, 2, 5, 2, 5, 3, 6, 3, 6]],
    ['matMul', (x) => tf.matMul(x, x, true), [14, 32, 32, 77]],
    ['gather', (x) => tf.gather(x, [2, 0]), [3, 6, 1, 4]],
    ['reshape', (x) => tf.reshape(x, [6]), [1, 4, 2, 5, 3, 6]],
    ['relu', (x) => tf.relu(tf.sub(x, 3)), [0, 1, 0, 2, 0, 3]],
    ['argMax', (x) => tf.argMax(x, 0), [2, 2]],
    ['topk', (x) => tf.topk(x, 1).indices, [1, 1, 1]],
    ['searchSorted', (x) => tf.searchSorted(x, x), [0, 1, 0, 1, 0, 1]],
  ])('that is not contiguous is read right by %s', (_, compute, expected) => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])
    const result = tf.tidy(() => compute(tf.transpose(x)))
    expect(values(result)).toEqual(expected)
    x.dispose()
  })
})

it('two thousand operations and more leave no slots, no tensors and no bytes behind', () => {
  const weights = tf.variable(tf.randomUniform([16, 8], -1, 1, 'float32', 7))
  // At least 20 kernels with those of the gradients.
  const mixed = () => {
    const x = tf.reshape(tf.range(0, 64), [4, 16])
    const [left, right] = tf.split(tf.softmax(tf.matMul(x, weights)), 2, 1)
    const { indices } = tf.topk(tf.add(left!, right!), 2)
    const rows = tf.cast(tf.reshape(indices, [-1]), 'int32')
    const loss = () => tf.mean(tf.square(tf.add(tf.gather(weights, rows), tf.sum(weights, 0)))) as tf.Scalar
    return Object.values(tf.variableGrads(loss).grads)[0]!
  }
  const state = () => [backend.addon.liveSlots(), tf.memory().numTensors, backend.numDataIds(), bytes()]
  tf.tidy(mixed).dispose()
  const before = state()
  for (let round = 0; round < 100; round++) tf.tidy(mixed).dispose()
  expect(state()).toEqual(before)
  weights.dispose()
})

it.each<[string, () => tf.Tensor, string, number[]]>([
  ['sums wrap', () => tf.sum(tf.tensor1d([2147483647, 1], 'int32')), 'int32', [-2147483648]],
  ['products wrap', () => tf.mul(tf.scalar(65537, 'int32'), tf.scalar(65537, 'int32')), 'int32', [131073]],
  ['quotients are floored', () => tf.floorDiv(tf.scalar(-7, 'int32'), tf.scalar(2, 'int32')), 'int32', [-4]],
  [
    "remainders have the divisor's sign",
    () => tf.mod(tf.scalar(-7, 'int32'), tf.scalar(3, 'int32')),
    'int32',
    [2],
  ],
  ['means are no integers', () => tf.mean(tf.tensor1d([3, 4], 'int32')), 'float32', [3.5]],
  ['booleans are counted', () => tf.sum(tf.tensor1d([true, false, true], 'bool')), 'int32', [2]],
  ['halves go to the even number', () => tf.round(tf.tensor1d([0.5, 1.5, -2.5])), 'float32', [0, 2, -2]],
])('of numbers, %s', (_, compute, dtype, expected) => {
  const result = tf.tidy(compute)
  expect(result.dtype).toBe(dtype)
  expect(values(result).map((value) => value + 0)).toEqual(expected)
})

it('topk takes the first of equals, among few as among many', () => {
  const x = [3, 1, 3, NaN, 2, 3, 0, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  const both = [x, x.map((value) => 0 - value)]
  for (const k of [4, 5, 12]) {
    const top = tf.topk(tf.tensor2d(both), k)
    const expected = both.map((row) =>
      row
        .map((value, index) => ({ value: Number.isNaN(value) ? Infinity : value, index }))
        .sort((a, b) => b.value - a.value || a.index - b.index)
        .slice(0, k)
        .map(({ index }) => index),
    )
    expect(top.indices.arraySync()).toEqual(expected)
    expect(top.values.arraySync()).toEqual(expected.map((row, i) => row.map((index) => both[i]![index]!)))
  }
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
