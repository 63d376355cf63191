import { createRequire } from 'node:module'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import type { Engine, EngineOptions } from '../engine.ts'
import { bindingPath, tensorflowPackage } from './package.ts'

const require = createRequire(import.meta.url)

interface NodeBackend {
  isUsingGpuDevice: boolean
  binding: { TF_Version: string }
}

/** Starts the engine 'tensorflow'. Throws why its binding does not load, or DEVICE_UNAVAILABLE. */
export async function startTensorflow(options: Required<EngineOptions>): Promise<Engine> {
  const folder = tensorflowPackage()
  if (!folder) throw new Error('the optional package @tensorflow/tfjs-node-gpu is not installed')
  if (!tf.findBackendFactory('tensorflow')) {
    // Loaded first by hand: the package's own message on a missing binding names the wrong command.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
    // A resumed run is to have the weights of one that was not; kernels of a GPU may otherwise sum in any order.
    process.env.TF_DETERMINISTIC_OPS ??= '1'
    if (options.threads > 0) process.env.TF_NUM_INTRAOP_THREADS = String(options.threads)
    require(bindingPath(folder))
    restoreRemovedUtilities()
    require('@tensorflow/tfjs-node-gpu')
  }
  await tf.setBackend('tensorflow')
  await tf.ready()
  const backend = tf.backend() as unknown as NodeBackend
  const device = backend.isUsingGpuDevice ? 'cuda' : 'cpu'
  if (options.device !== 'auto' && options.device !== device) {
    throw new WhetstoneError(
      'DEVICE_UNAVAILABLE',
      `device "${options.device}": the engine "tensorflow" computes on "${device}" here`,
      device === 'cuda'
        ? 'set CUDA_VISIBLE_DEVICES=-1 to hide the GPU from it'
        : 'take the device "cpu", or the engine "torch" with a torch built for CUDA (docs/operations.md, "CUDA")',
    )
  }
  return { name: 'tensorflow', device, version: backend.binding.TF_Version, precision: 'fp32' }
}

/** tfjs-node 4.22 calls two functions of node:util that newer versions of Node deprecate or lack. */
function restoreRemovedUtilities(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  })
}
