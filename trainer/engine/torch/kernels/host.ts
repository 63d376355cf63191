import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import type { TorchBackend } from '../backend.ts'

type Inputs = tf.NamedTensorInfoMap | tf.TensorInfo[]

/**
 * Computes a kernel by TensorFlow.js' own CPU kernel of that name, on copies of its inputs: for what libtorch does not know,
 * as text.
 */
export function computeOnHost(
  kernelName: string,
  inputs: Inputs,
  backend: TorchBackend,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | tf.TensorInfo[] {
  const cpu = new MathBackendCPU()
  const copies = copyOf(inputs, ({ shape, dtype, dataId }) => ({
    ...cpu.makeTensorInfo(shape, dtype, backend.readSync(dataId)),
    // Some of them read what only tensors have.
    rank: shape.length,
    size: tf.util.sizeFromShape(shape),
  }))
  const { kernelFunc } = tf.getKernel(kernelName, 'cpu')
  const outputs = kernelFunc({ inputs: copies as tf.NamedTensorInfoMap, backend: cpu, attrs: attributes })
  return copyOf(outputs, ({ shape, dtype, dataId }) => ({
    dataId: backend.write(cpu.readSync(dataId), shape, dtype),
    shape,
    dtype,
  })) as tf.TensorInfo | tf.TensorInfo[]
}

/** Tensors, or lists or named maps of them, each tensor copied. */
function copyOf(value: unknown, copy: (tensor: tf.TensorInfo) => tf.TensorInfo): unknown {
  if (Array.isArray(value)) return value.map((one) => copyOf(one, copy))
  if (!value || (value as tf.TensorInfo).dataId) return value && copy(value as tf.TensorInfo)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copyOf(one, copy)]))
}
