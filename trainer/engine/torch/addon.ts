import type { DataType } from '@tensorflow/tfjs-core'

/** A tensor's place in the addon's table. */
export type Slot = number

/** What the addon defines for memory and for TensorFlow.js' kernels. */
export interface AddonKernels
  extends Elementwise,
    Reductions,
    Shapes,
    Indexing,
    Products,
    Convolutions,
    Complex {
  // memory.cc
  start(device: 'auto' | 'cpu' | 'cuda', threads: number, tf32: boolean): Device
  upload(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype: DataType): Slot
  download(slot: Slot, into: Float32Array | Int32Array | Uint8Array): void
  /** Waits until the device has computed all that it was given. */
  synchronize(): void
  release(slot: Slot): void
  liveSlots(): number
  /** Bytes of the storages behind all slots, each counted once. */
  liveBytes(): number
  // map.cc
  /** A whole file as memory, its pages the system's; undefined where the system cannot map it. */
  mapFile(path: string): ArrayBuffer | undefined
}

export interface Device {
  device: 'cpu' | 'cuda'
  version: string
  threads: number
}

export type UnaryName =
  | ('abs' | 'acos' | 'acosh' | 'asin' | 'asinh' | 'atan' | 'atanh' | 'ceil' | 'cos' | 'cosh' | 'elu' | 'erf')
  | (
      | 'exp'
      | 'expm1'
      | 'floor'
      | 'log'
      | 'log1p'
      | 'neg'
      | 'reciprocal'
      | 'relu'
      | 'relu6'
      | 'round'
      | 'rsqrt'
    )
  | ('selu' | 'sigmoid' | 'sign' | 'sin' | 'sinh' | 'softplus' | 'sqrt' | 'square' | 'tan' | 'tanh')
  | ('isFinite' | 'isInf' | 'isNan' | 'logicalNot')

export type BinaryName =
  | ('add' | 'atan2' | 'bitwiseAnd' | 'div' | 'eluGrad' | 'floorDiv' | 'maximum' | 'minimum' | 'mod' | 'mul')
  | ('pow' | 'prelu' | 'squaredDifference' | 'sub')
  | ('equal' | 'greater' | 'greaterEqual' | 'less' | 'lessEqual' | 'logicalAnd' | 'logicalOr' | 'notEqual')

export type ReductionName = 'all' | 'any' | 'max' | 'mean' | 'min' | 'prod' | 'sum'

/** complex.cc; pairs are [..., 2] of floats. */
interface Complex {
  complex(real: Slot, imaginary: Slot): Slot
  fromPairs(pairs: Slot): Slot
  toPairs(x: Slot): Slot
  real(x: Slot): Slot
  imaginary(x: Slot): Slot
  magnitude(x: Slot): Slot
  fourier(x: Slot): Slot
  inverseFourier(x: Slot): Slot
}

/** elementwise.cc */
type Elementwise = Record<UnaryName, (x: Slot) => Slot> &
  Record<BinaryName, (a: Slot, b: Slot) => Slot> & {
    leakyRelu(x: Slot, alpha: number): Slot
    step(x: Slot, alpha: number): Slot
    clip(x: Slot, min: number, max: number): Slot
    addN(terms: Slot[]): Slot
    select(condition: Slot, t: Slot, e: Slot): Slot
    cast(x: Slot, dtype: DataType): Slot
  }

/** reductions.cc; axes are non-negative. */
type Reductions = Record<ReductionName, (x: Slot, axes: number[], keepDims: boolean) => Slot> &
  Record<'argMax' | 'argMin', (x: Slot, axis: number) => Slot> &
  Record<'cumSum' | 'cumProd', (x: Slot, axis: number, exclusive: boolean, reverse: boolean) => Slot> &
  Record<'softmax' | 'logSoftmax', (logits: Slot, axis: number) => Slot> & {
    topK(x: Slot, k: number): [values: Slot, indices: Slot]
  }

/** shapes.cc; the results of most share their input's storage. */
interface Shapes {
  reshape(x: Slot, shape: number[]): Slot
  transpose(x: Slot, permutation: number[]): Slot
  broadcastTo(x: Slot, shape: number[]): Slot
  tile(x: Slot, repeats: number[]): Slot
  reverse(x: Slot, axes: number[]): Slot
  /** Reshaped to `split`, its axes permuted, reshaped to `shape`. */
  rearrange(x: Slot, split: number[], permutation: number[], shape: number[]): Slot
  concat(tensors: Slot[], axis: number): Slot
  stack(tensors: Slot[], axis: number): Slot
  split(x: Slot, sizes: number[], axis: number): Slot[]
  unstack(x: Slot, axis: number): Slot[]
  slice(x: Slot, begin: number[], size: number[]): Slot
  stridedSlice(x: Slot, begin: number[], strides: number[], size: number[], shape: number[]): Slot
  /** Paddings are [before, after, …] of each axis. */
  pad(x: Slot, paddings: number[], value: number): Slot
  mirrorPad(x: Slot, paddings: number[], repeatsEdge: boolean): Slot
  fill(shape: number[], value: number, dtype: DataType): Slot
  range(start: number, step: number, size: number, dtype: DataType): Slot
  linSpace(start: number, stop: number, size: number): Slot
  diag(x: Slot): Slot
}

/** indexing.cc */
interface Indexing {
  gather(x: Slot, indices: Slot, axis: number, batchDims: number): Slot
  gatherNd(params: Slot, indices: Slot, shape: number[]): Slot
  scatterNd(indices: Slot, updates: Slot, shape: number[]): Slot
  tensorScatterUpdate(tensor: Slot, indices: Slot, updates: Slot): Slot
  sparseToDense(indices: Slot, values: Slot, defaultValue: Slot, shape: number[]): Slot
  oneHot(indices: Slot, depth: number, onValue: number, offValue: number, dtype: DataType): Slot
  unsortedSegmentSum(x: Slot, segmentIds: Slot, segments: number): Slot
  /** `shape`: [size] over all of x, or [B, size] for each of its rows. */
  bincount(x: Slot, weights: Slot, shape: number[], binary: boolean): Slot
  searchSorted(sequence: Slot, values: Slot, right: boolean): Slot
  multinomial(logits: Slot, samples: number, seed: number, normalized: boolean): Slot
}

/** products.cc */
interface Products {
  matMul(
    a: Slot,
    b: Slot,
    transposeA: boolean,
    transposeB: boolean,
    bias?: Slot,
    activation?: string,
    weights?: Slot,
    leak?: number,
  ): Slot
  einsum(equation: string, tensors: Slot[]): Slot
}

/** How a window moves over two or three axes of an image; paddings are [before, after, …]. */
export type Window = [
  kernel: number[],
  strides: number[],
  paddings: number[],
  dilations: number[],
  /** Their axis: 1, or -1 for the last. */
  channels: number,
]
type PoolGrad = (dy: Slot, x: Slot, ...window: Window) => Slot

/** convolutions.cc */
interface Convolutions {
  convolution(
    x: Slot,
    filter: Slot,
    ...options: [
      ...Window,
      depthwise: boolean,
      bias?: Slot,
      activation?: string,
      weights?: Slot,
      leak?: number,
    ]
  ): Slot
  convolutionInputGrad(
    dy: Slot,
    filter: Slot,
    ...options: [...Window, depthwise: boolean, shape: number[]]
  ): Slot
  convolutionFilterGrad(x: Slot, dy: Slot, ...options: [...Window, depthwise: boolean, shape: number[]]): Slot
  maxPool(x: Slot, ...window: Window): Slot
  avgPool(x: Slot, ...window: Window): Slot
  maxPoolGrad: PoolGrad
  avgPoolGrad: PoolGrad
  batchNorm(x: Slot, mean: Slot, variance: Slot, offset?: Slot, scale?: Slot, epsilon?: number): Slot
}
