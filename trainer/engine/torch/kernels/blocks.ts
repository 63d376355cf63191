import * as tf from '@tensorflow/tfjs-core'
import { register } from './register.ts'

const { getPermuted, getReshaped, getReshapedPermuted, getSliceBeginCoords, getSliceSize } = tf.backend_util

// Blocks of an image moved into its batch or its channels, and back.

register('SpaceToBatchND', ({ x }, backend, { blockShape, paddings }) => {
  const { addon } = backend
  const size = tf.util.sizeFromShape(blockShape)
  const rest = x!.shape.slice(1 + blockShape.length).map(() => [0, 0])
  const complete: number[][] = [[0, 0], ...paddings, ...rest]
  const padded = x!.shape.map((length, axis) => complete[axis]![0]! + length + complete[axis]![1]!)
  const split = getReshaped(padded, blockShape, size, false)
  const shape = getReshapedPermuted(padded, blockShape, size, false)
  const intermediate = addon.pad(backend.slot(x!), complete.flat(), 0)
  const slot = addon.rearrange(
    intermediate,
    split,
    getPermuted(split.length, blockShape.length, false),
    shape,
  )
  addon.release(intermediate)
  return backend.output(slot, shape, x!.dtype)
})

register('BatchToSpaceND', ({ x }, backend, { blockShape, crops }) => {
  const { addon } = backend
  const size = tf.util.sizeFromShape(blockShape)
  const split = getReshaped(x!.shape, blockShape, size)
  const whole = getReshapedPermuted(x!.shape, blockShape, size)
  const begin = getSliceBeginCoords(crops, blockShape.length)
  const shape = [...getSliceSize(whole, crops, blockShape.length), ...whole.slice(blockShape.length + 1)]
  const permutation = getPermuted(split.length, blockShape.length)
  const intermediate = addon.rearrange(backend.slot(x!), split, permutation, whole)
  const slot = addon.slice(intermediate, begin, shape)
  addon.release(intermediate)
  return backend.output(slot, shape, x!.dtype)
})

register('DepthToSpace', ({ x }, backend, { blockSize: block, dataFormat }) => {
  tf.util.assert(dataFormat === 'NHWC', () => `dataFormat must be NHWC, and is ${dataFormat}`)
  const [batch, height, width, depth] = x!.shape as [number, number, number, number]
  const channels = depth / (block * block)
  const split = [batch, height, width, block, block, channels]
  const shape = [batch, height * block, width * block, channels]
  return backend.output(
    backend.addon.rearrange(backend.slot(x!), split, [0, 1, 3, 2, 4, 5], shape),
    shape,
    x!.dtype,
  )
})
