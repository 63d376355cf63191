import { computeOnHost } from './host.ts'
import { register } from './register.ts'

// What no language model needs, and libtorch mostly lacks: images, text, ragged and sparse tensors. Listed one by one, so
// that a kernel missing elsewhere is missed.
const kernels = [
  'CropAndResize',
  'Dilation2D',
  'Dilation2DBackpropFilter',
  'Dilation2DBackpropInput',
  'FlipLeftRight',
  'LRN',
  'LRNGrad',
  'MaxPoolWithArgmax',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'ResizeBilinear',
  'ResizeBilinearGrad',
  'ResizeNearestNeighbor',
  'ResizeNearestNeighborGrad',
  'RotateWithOffset',
  'SparseFillEmptyRows',
  'SparseReshape',
  'SparseSegmentMean',
  'SparseSegmentSum',
  'StaticRegexReplace',
  'StringNGrams',
  'StringSplit',
  'StringToHashBucketFast',
  'Transform',
  'Unique',
]

for (const name of kernels) {
  register(name, (inputs, backend, attributes) => computeOnHost(name, inputs, backend, attributes))
}
