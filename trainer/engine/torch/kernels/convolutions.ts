import * as tf from '@tensorflow/tfjs-core'
import type { Slot, Window } from '../addon.ts'
import { identity, register } from './register.ts'

const {
  computeConv2DInfo,
  computeConv3DInfo,
  computePool2DInfo,
  computePool3DInfo,
  convertConv2DDataFormat,
} = tf.backend_util

type Info = ReturnType<typeof computeConv2DInfo> | ReturnType<typeof computeConv3DInfo>
type Padding = number | 'valid' | 'same' | tf.backend_util.ExplicitPadding

/** The paddings behind make the output exactly as large as TensorFlow.js has it: negative where it leaves elements over. */
function windowOf(info: Info): Window {
  const values = info as unknown as Record<string, number>
  const before: Record<string, number> = {
    Depth: 'front' in info.padInfo ? info.padInfo.front : 0,
    Height: info.padInfo.top,
    Width: info.padInfo.left,
  }
  const axes = 'inDepth' in info ? ['Depth', 'Height', 'Width'] : ['Height', 'Width']
  const each = (what: string) => axes.map((axis) => values[`${what}${axis}`]!)
  const [kernel, strides, dilations] = [each('filter'), each('stride'), each('dilation')]
  const [sizes, outputs] = [each('in'), each('out')]
  const paddings = axes.flatMap((axis, i) => {
    const covered = (outputs[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1
    return [before[axis]!, covered - sizes[i]! - before[axis]!]
  })
  return [kernel, strides, paddings, dilations, info.dataFormat === 'channelsFirst' ? 1 : -1]
}

// biome-ignore lint/suspicious/noExplicitAny: the attributes of several kernels.
type Attributes = any
type Shape2 = [number, number, number, number]
type Shape3 = [number, number, number, number, number]
type InfoOf = (x: number[], filter: number[], attributes: Attributes) => Info

const flat: InfoOf = (x, filter, { strides, dilations, pad, dimRoundingMode, dataFormat = 'NHWC' }) =>
  computeConv2DInfo(
    x as Shape2,
    filter as Shape2,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    false,
    convertConv2DDataFormat(dataFormat),
  )

const depthwise: InfoOf = (x, filter, { strides, dilations, pad, dimRoundingMode }) =>
  computeConv2DInfo(x as Shape2, filter as Shape2, strides, dilations ?? 1, pad, dimRoundingMode, true)

const solid: InfoOf = (x, filter, { strides, dilations, pad }) =>
  computeConv3DInfo(x as Shape3, filter as Shape3, strides, dilations ?? 1, pad)

const convolutions: [infoOf: InfoOf, kernel: string, inputGrad: string, filterGrad: string][] = [
  [flat, 'Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  [flat, 'FusedConv2D', '', ''],
  [solid, 'Conv3D', 'Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
  [
    depthwise,
    'DepthwiseConv2dNative',
    'DepthwiseConv2dNativeBackpropInput',
    'DepthwiseConv2dNativeBackpropFilter',
  ],
  [depthwise, 'FusedDepthwiseConv2D', '', ''],
]

for (const [infoOf, kernel, inputGrad, filterGrad] of convolutions) {
  const byChannel = infoOf === depthwise

  register(kernel, ({ x, filter, bias, preluActivationWeights: weights }, backend, attributes) => {
    const info = infoOf(x!.shape, filter!.shape, attributes)
    const slot = backend.addon.convolution(
      backend.slot(x!),
      backend.slot(filter!),
      ...windowOf(info),
      byChannel,
      bias && backend.slot(bias),
      attributes.activation,
      weights && backend.slot(weights),
      attributes.leakyreluAlpha,
    )
    return backend.output(slot, info.outShape, 'float32')
  })
  if (!inputGrad) continue

  register(inputGrad, ({ dy, filter }, backend, attributes) => {
    const shape: number[] = attributes.inputShape
    const info = infoOf(shape, filter!.shape, attributes)
    tf.util.assertShapesMatch(dy!.shape, info.outShape, 'Error in the gradient of a convolution: dy ')
    const window = windowOf(info)
    const [dySlot, filterSlot] = [backend.slot(dy!), backend.slot(filter!)]
    const slot = backend.addon.convolutionInputGrad(dySlot, filterSlot, ...window, byChannel, shape)
    return backend.output(slot, shape, 'float32')
  })

  register(filterGrad, ({ x, dy }, backend, attributes) => {
    const shape: number[] = attributes.filterShape
    const window = windowOf(infoOf(x!.shape, shape, attributes))
    const [xSlot, dySlot] = [backend.slot(x!), backend.slot(dy!)]
    const slot = backend.addon.convolutionFilterGrad(xSlot, dySlot, ...window, byChannel, shape)
    return backend.output(slot, shape, 'float32')
  })
}

interface PoolAttributes {
  filterSize: Attributes
  strides: Attributes
  pad: Padding
  dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const pools: [kernel: string, gradient: string, name: 'maxPool' | 'avgPool', axes: 2 | 3][] = [
  ['MaxPool', 'MaxPoolGrad', 'maxPool', 2],
  ['AvgPool', 'AvgPoolGrad', 'avgPool', 2],
  ['MaxPool3D', 'MaxPool3DGrad', 'maxPool', 3],
  ['AvgPool3D', 'AvgPool3DGrad', 'avgPool', 3],
]

for (const [kernel, gradient, name, axes] of pools) {
  const infoOf = (shape: number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttributes): Info =>
    axes === 2
      ? computePool2DInfo(shape as Shape2, filterSize, strides, 1, pad, dimRoundingMode)
      : computePool3DInfo(shape as Shape3, filterSize, strides, 1, pad as 'valid', dimRoundingMode)

  register(kernel, ({ x }, backend, attributes) => {
    const info = infoOf(x!.shape, attributes)
    // As TensorFlow.js has it, whatever the padding.
    const isOne = info.filterHeight === 1 && info.filterWidth === 1 && axes === 2
    if (isOne && tf.util.arraysEqual(info.inShape, info.outShape)) return identity(x!, backend)
    if (info.outShape.includes(0)) {
      return backend.output(backend.addon.fill(info.outShape, 0, x!.dtype), info.outShape, x!.dtype)
    }
    return backend.output(backend.addon[name](backend.slot(x!), ...windowOf(info)), info.outShape, x!.dtype)
  })

  register(gradient, ({ dy, input }, backend, attributes) => {
    const window = windowOf(infoOf(input!.shape, attributes))
    const [dySlot, xSlot]: Slot[] = [backend.slot(dy!), backend.slot(input!)]
    return backend.output(backend.addon[`${name}Grad`](dySlot!, xSlot!, ...window), input!.shape, 'float32')
  })
}

register('FusedBatchNorm', ({ x, mean, variance, offset, scale }, backend, { varianceEpsilon }) => {
  const slot = backend.addon.batchNorm(
    backend.slot(x!),
    backend.slot(mean!),
    backend.slot(variance!),
    offset && backend.slot(offset),
    scale && backend.slot(scale),
    varianceEpsilon ?? 0.001,
  )
  return backend.output(slot, x!.shape, 'float32')
})
