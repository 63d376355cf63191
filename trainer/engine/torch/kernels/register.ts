import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TorchBackend } from '../backend.ts'
import { computeOnHost } from './host.ts'

type Inputs = Record<string, tf.TensorInfo>
// biome-ignore lint/suspicious/noExplicitAny: every kernel has attributes of its own.
type Attributes = any
export type Kernel = (
  inputs: Inputs,
  backend: TorchBackend,
  attributes: Attributes,
) => tf.TensorInfo | tf.TensorInfo[]

/**
 * Registers a kernel of the engine 'torch'. What it throws becomes KERNEL_FAILED: what libtorch says, with the
 * kernel's name and its inputs' shapes, or what TensorFlow.js says, with those in the hint.
 */
export function register(kernelName: string, kernel: Kernel): void {
  tf.registerKernel({
    kernelName,
    backendName: 'torch',
    kernelFunc: ({ inputs, backend, attrs }) => {
      try {
        return kernel(inputs as Inputs, backend as TorchBackend, attrs)
      } catch (error) {
        if (hasText(inputs as Inputs, attrs)) {
          return computeOnHost(kernelName, inputs as Inputs, backend as TorchBackend, attrs!)
        }
        throw kernelError(kernelName, inputs as Inputs, error)
      }
    },
  })
}

/** The same data under another tensor. */
export function identity({ dataId, shape, dtype }: tf.TensorInfo, backend: TorchBackend): tf.TensorInfo {
  backend.incRef(dataId)
  return { dataId, shape, dtype }
}

/** Text never comes to libtorch: such a kernel fails there before it has taken a slot. */
function hasText(inputs: Inputs, attributes: Attributes): boolean {
  return attributes?.dtype === 'string' || Object.values(inputs).some((input) => input?.dtype === 'string')
}

export function kernelError(name: string, inputs: Inputs, cause: unknown): Error {
  if (cause instanceof WhetstoneError) return cause
  const given = Object.entries(inputs).filter(([, input]) => input)
  const shapes = given.map(([key, { dtype, shape }]) => `${key} ${dtype}[${shape}]`).join(', ')
  const { message, code } = cause as NodeJS.ErrnoException
  if (code === 'LIBTORCH') {
    const hint = `check the shapes and dtypes given to ${name}; the engine is "torch"`
    return new WhetstoneError('KERNEL_FAILED', `${name}: ${message} (${shapes})`, hint, { cause })
  }
  return new WhetstoneError('KERNEL_FAILED', message, `check what was given to ${name}: ${shapes}`, { cause })
}
