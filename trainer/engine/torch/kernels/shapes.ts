import * as tf from '@tensorflow/tfjs-core'
import type { TorchBackend } from '../backend.ts'
import { identity, register } from './register.ts'

const { slice_util } = tf

register('Identity', ({ x }, backend) => identity(x!, backend))

register('Reshape', ({ x }, backend, attributes) => {
  const size = tf.util.sizeFromShape(x!.shape)
  const shape = tf.util.inferFromImplicitShape(attributes.shape, size)
  return reshape(x!, shape, backend)
})

register('ExpandDims', ({ input }, backend, { dim }) => {
  const rank = input!.shape.length
  tf.util.assert(
    -rank - 1 <= dim && dim <= rank,
    () => `Axis must be in the interval [${-rank - 1}, ${rank}]`,
  )
  const shape = input!.shape.toSpliced(dim < 0 ? rank + 1 + dim : dim, 0, 1)
  return reshape(input!, shape, backend)
})

function reshape(x: tf.TensorInfo, shape: number[], backend: TorchBackend): tf.TensorInfo {
  if (x.dtype === 'string') return { ...identity(x, backend), shape }
  return backend.output(backend.addon.reshape(backend.slot(x), shape), shape, x.dtype)
}

register('Transpose', ({ x }, backend, { perm }) => {
  const shape = (perm as number[]).map((axis) => x!.shape[axis]!)
  return backend.output(backend.addon.transpose(backend.slot(x!), perm), shape, x!.dtype)
})

register('BroadcastTo', ({ x }, backend, { shape }) =>
  backend.output(backend.addon.broadcastTo(backend.slot(x!), shape), shape, x!.dtype),
)

register('Tile', ({ x }, backend, { reps }) => {
  const shape = x!.shape.map((size, axis) => size * reps[axis])
  return backend.output(backend.addon.tile(backend.slot(x!), reps), shape, x!.dtype)
})

register('Reverse', ({ x }, backend, { dims }) => {
  const axes = tf.util.parseAxisParam(dims, x!.shape)
  return backend.output(backend.addon.reverse(backend.slot(x!), axes), x!.shape, x!.dtype)
})

register('Concat', (inputs, backend, { axis }) => {
  const tensors = Object.values(inputs)
  const shapes = tensors.map(({ shape }) => shape)
  const [first] = tf.util.parseAxisParam(axis, shapes[0]!)
  tf.backend_util.assertParamsConsistent(shapes, first!)
  const shape = tf.backend_util.computeOutShape(shapes, first!)
  const slots = tensors.map((tensor) => backend.slot(tensor))
  return backend.output(backend.addon.concat(slots, first!), shape, tensors[0]!.dtype)
})

register('Pack', (inputs, backend, { axis }) => {
  const tensors = Object.values(inputs)
  const { shape, dtype } = tensors[0]!
  for (const tensor of tensors) {
    tf.util.assertShapesMatch(shape, tensor.shape, 'All tensors passed to stack must have matching shapes')
    tf.util.assert(dtype === tensor.dtype, () => 'All tensors passed to stack must have matching dtypes')
  }
  const at = axis < 0 ? shape.length + 1 + axis : axis
  const slots = tensors.map((tensor) => backend.slot(tensor))
  return backend.output(backend.addon.stack(slots, at), shape.toSpliced(at, 0, tensors.length), dtype)
})

register('SplitV', ({ x }, backend, { numOrSizeSplits, axis }) => {
  const [first] = tf.util.parseAxisParam(axis, x!.shape)
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, first)
  const slots = backend.addon.split(backend.slot(x!), sizes, first!)
  return slots.map((slot, i) => backend.output(slot, x!.shape.with(first!, sizes[i]!), x!.dtype))
})

register('Unpack', ({ value }, backend, { axis }) => {
  const at = axis < 0 ? value!.shape.length + axis : axis
  const shape = value!.shape.toSpliced(at, 1)
  const slots = backend.addon.unstack(backend.slot(value!), at)
  return slots.map((slot) => backend.output(slot, shape, value!.dtype))
})

register('Slice', ({ x }, backend, attributes) => {
  const [begin, size] = slice_util.parseSliceParams(x as tf.Tensor, attributes.begin, attributes.size)
  slice_util.assertParamsValid(x!, begin!, size!)
  return backend.output(backend.addon.slice(backend.slot(x!), begin!, size!), size!, x!.dtype)
})

register('StridedSlice', ({ x }, backend, attributes) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes
  const dense = slice_util.sliceInfo(
    x!.shape,
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  )
  const shape = dense.finalShape
  const size = slice_util.computeOutShape(dense.begin, dense.end, dense.strides)
  const slot = backend.addon.stridedSlice(backend.slot(x!), dense.begin, dense.strides, size, shape)
  return backend.output(slot, shape, x!.dtype)
})

register('PadV2', ({ x }, backend, { paddings, constantValue }) => {
  const slot = backend.addon.pad(backend.slot(x!), paddings.flat(), constantValue)
  return backend.output(slot, padded(x!.shape, paddings), x!.dtype)
})

register('MirrorPad', ({ x }, backend, { paddings, mode }) => {
  const slot = backend.addon.mirrorPad(backend.slot(x!), paddings.flat(), mode === 'symmetric')
  return backend.output(slot, padded(x!.shape, paddings), x!.dtype)
})

function padded(shape: number[], paddings: [number, number][]): number[] {
  return shape.map((size, axis) => paddings[axis]![0] + size + paddings[axis]![1])
}

register('Fill', (_, backend, { shape, value, dtype = tf.util.inferDtype(value) }) =>
  backend.output(backend.addon.fill(shape, value, dtype), shape, dtype),
)

register('ZerosLike', ({ x }, backend) =>
  backend.output(backend.addon.fill(x!.shape, 0, x!.dtype), x!.shape, x!.dtype),
)

register('OnesLike', ({ x }, backend) =>
  backend.output(backend.addon.fill(x!.shape, 1, x!.dtype), x!.shape, x!.dtype),
)

register('Range', (_, backend, { start, stop, step, dtype }) => {
  // A step that was not given is 1, whichever way the range goes.
  const by = stop < start && step === 1 ? -1 : step
  const size = Math.max(0, Math.ceil((stop - start) / by))
  return backend.output(backend.addon.range(start, by, size, dtype), [size], dtype)
})

register('LinSpace', (_, backend, { start, stop, num }) =>
  backend.output(backend.addon.linSpace(start, stop, num), [num], 'float32'),
)

register('Diag', ({ x }, backend) =>
  backend.output(backend.addon.diag(backend.slot(x!)), [...x!.shape, ...x!.shape], x!.dtype),
)

register('BroadcastArgs', ({ s0, s1 }, backend) => {
  const [a, b] = [s0!, s1!].map(({ dataId }) => Array.from(backend.readSync(dataId) as Int32Array))
  const shape = tf.backend_util.assertAndGetBroadcastShape(a!, b!)
  const slot = backend.addon.upload(Int32Array.from(shape), [shape.length], 'int32')
  return backend.output(slot, [shape.length], 'int32')
})
