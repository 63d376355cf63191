import * as tf from '@tensorflow/tfjs-core'
import { register } from './register.ts'

register('GatherV2', ({ x, indices }, backend, { axis, batchDims: given = 0 }) => {
  const batchDims = given < 0 ? given + indices!.shape.length : given
  const [first] = tf.util.parseAxisParam(axis, x!.shape)
  const { outputShape } = tf.backend_util.segment_util.collectGatherOpShapeInfo(
    x as tf.Tensor,
    indices as tf.Tensor,
    first!,
    batchDims,
  )
  const slot = backend.addon.gather(backend.slot(x!), backend.slot(indices!), first!, batchDims)
  return backend.output(slot, outputShape, x!.dtype)
})

register('GatherNd', ({ params, indices }, backend) => {
  const [shape] = tf.backend_util.prepareAndValidate(params!, indices!)
  const slot = backend.addon.gatherNd(backend.slot(params!), backend.slot(indices!), shape)
  return backend.output(slot, shape, params!.dtype)
})

register('ScatterNd', ({ indices, updates }, backend, { shape }) => {
  tf.backend_util.calculateShapes(updates!, indices!, shape)
  const slot = backend.addon.scatterNd(backend.slot(indices!), backend.slot(updates!), shape)
  return backend.output(slot, shape, updates!.dtype)
})

register('TensorScatterUpdate', ({ tensor, indices, updates }, backend) => {
  tf.backend_util.calculateShapes(updates!, indices!, tensor!.shape)
  const slots = [tensor!, indices!, updates!].map((input) => backend.slot(input))
  const slot = backend.addon.tensorScatterUpdate(slots[0]!, slots[1]!, slots[2]!)
  return backend.output(slot, tensor!.shape, tensor!.dtype)
})

register('SparseToDense', ({ sparseIndices, sparseValues, defaultValue }, backend, { outputShape }) => {
  const slots = [sparseIndices!, sparseValues!, defaultValue!].map((input) => backend.slot(input))
  const slot = backend.addon.sparseToDense(slots[0]!, slots[1]!, slots[2]!, outputShape)
  return backend.output(slot, outputShape, sparseValues!.dtype)
})

register('OneHot', ({ indices }, backend, { depth, onValue, offValue, dtype = 'float32' }) => {
  const slot = backend.addon.oneHot(backend.slot(indices!), depth, onValue, offValue, dtype)
  return backend.output(slot, [...indices!.shape, depth], dtype)
})

register('UnsortedSegmentSum', ({ x, segmentIds }, backend, { numSegments }) => {
  const shape = [numSegments, ...x!.shape.slice(segmentIds!.shape.length)]
  const slot = backend.addon.unsortedSegmentSum(backend.slot(x!), backend.slot(segmentIds!), numSegments)
  return backend.output(slot, shape, x!.dtype)
})

register('Bincount', ({ x, weights }, backend, { size }) => {
  const slot = backend.addon.bincount(backend.slot(x!), backend.slot(weights!), [size], false)
  return backend.output(slot, [size], weights!.dtype)
})

register('DenseBincount', ({ x, weights }, backend, { size, binaryOutput }) => {
  const shape = [...x!.shape.slice(0, -1), size]
  const slot = backend.addon.bincount(backend.slot(x!), backend.slot(weights!), shape, binaryOutput === true)
  return backend.output(slot, shape, weights!.dtype)
})

register('SearchSorted', ({ sortedSequence, values }, backend, { side }) => {
  const slot = backend.addon.searchSorted(
    backend.slot(sortedSequence!),
    backend.slot(values!),
    side === 'right',
  )
  return backend.output(slot, values!.shape, 'int32')
})

register('Multinomial', ({ logits }, backend, { numSamples, seed, normalized }) => {
  const slot = backend.addon.multinomial(backend.slot(logits!), numSamples, seed, normalized === true)
  return backend.output(slot, [logits!.shape[0]!, numSamples], 'int32')
})
