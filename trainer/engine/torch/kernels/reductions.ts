import * as tf from '@tensorflow/tfjs-core'
import type { ReductionName } from '../addon.ts'
import { register } from './register.ts'

const { computeOutAndReduceShapes, expandShapeToKeepDim } = tf.backend_util

/** A total of booleans is a number. */
const total = (dtype: tf.DataType): tf.DataType => tf.upcastType(dtype, 'int32')
const same = (dtype: tf.DataType): tf.DataType => dtype

const reductions: Record<string, [ReductionName, (dtype: tf.DataType) => tf.DataType]> = {
  All: ['all', same],
  Any: ['any', same],
  Max: ['max', same],
  Mean: ['mean', () => 'float32'],
  Min: ['min', same],
  Prod: ['prod', total],
  Sum: ['sum', total],
}

for (const [kernel, [name, dtypeOf]] of Object.entries(reductions)) {
  register(kernel, ({ x }, backend, { axis, reductionIndices, keepDims }) => {
    const axes = tf.util.parseAxisParam(reductionIndices ?? axis, x!.shape)
    const [reduced] = computeOutAndReduceShapes(x!.shape, axes)
    const shape = keepDims ? expandShapeToKeepDim(reduced, axes) : reduced
    const slot = backend.addon[name](backend.slot(x!), axes, keepDims === true)
    return backend.output(slot, shape, dtypeOf(x!.dtype))
  })
}

for (const [kernel, name] of [
  ['ArgMax', 'argMax'],
  ['ArgMin', 'argMin'],
] as const) {
  register(kernel, ({ x }, backend, { axis }) => {
    const [first] = tf.util.parseAxisParam(axis, x!.shape)
    const [shape] = computeOutAndReduceShapes(x!.shape, [first!])
    return backend.output(backend.addon[name](backend.slot(x!), first!), shape, 'int32')
  })
}

for (const [kernel, name] of [
  ['Cumsum', 'cumSum'],
  ['Cumprod', 'cumProd'],
] as const) {
  register(kernel, ({ x }, backend, { axis, exclusive, reverse }) => {
    const [first] = tf.util.parseAxisParam(axis, x!.shape)
    const slot = backend.addon[name](backend.slot(x!), first!, exclusive === true, reverse === true)
    return backend.output(slot, x!.shape, total(x!.dtype))
  })
}

register('Softmax', ({ logits }, backend, { dim }) =>
  backend.output(backend.addon.softmax(backend.slot(logits!), dim), logits!.shape, 'float32'),
)

register('LogSoftmax', ({ logits }, backend, { axis }) =>
  backend.output(backend.addon.logSoftmax(backend.slot(logits!), axis), logits!.shape, 'float32'),
)

register('TopK', ({ x }, backend, { k }) => {
  const [values, indices] = backend.addon.topK(backend.slot(x!), k)
  const shape = [...x!.shape.slice(0, -1), k]
  return [backend.output(values, shape, x!.dtype), backend.output(indices, shape, 'int32')]
})
