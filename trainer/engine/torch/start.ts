import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import type { Engine, EngineOptions } from '../engine.ts'
import type { Device } from './addon.ts'
import { TorchBackend } from './backend.ts'
import { addonPath } from './build.ts'
import { createFused } from './fused.ts'
import { type Addon, loadAddon } from './load.ts'
import { staleness } from './stamp.ts'

const require = createRequire(import.meta.url)

/** Set once: tensors live on the device that the process started with. */
let started: Device | undefined

/**
 * Starts the engine 'torch'. Throws the one line that says why the addon does not load, or DEVICE_UNAVAILABLE when
 * `device` is 'cuda' and there is none, or other than the one that this process already computes on.
 */
export async function startTorch(options: Required<EngineOptions>): Promise<Engine> {
  if (!started || !tf.findBackendFactory('torch')) {
    const path = addonPath()
    if (!existsSync(path)) throw new Error(`${path} is not built`)
    const stale = staleness(path)
    if (stale) throw new Error(stale)
    // Read once, when the libraries load. Large tensors in large pages: up to a sixth faster.
    process.env.THP_MEM_ALLOC_ENABLE ??= '1'
    // How long a waiting thread spins: by default milliseconds, which it takes from all others on a busy machine.
    if (!process.env.OMP_WAIT_POLICY) process.env.GOMP_SPINCOUNT ??= '2000'
    // What cuBLAS needs for sums in the same order every time, which a resumed run's weights depend on.
    process.env.CUBLAS_WORKSPACE_CONFIG ??= ':4096:8'
    const addon = loadAddon(path)
    started = startAddon(addon, options)
    // The union package registers the gradients; tfjs-core's own build for Node leaves them out.
    require('@tensorflow/tfjs')
    await registerKernels()
    tf.registerBackend('torch', () => {
      const backend = new TorchBackend(addon)
      backend.fused = createFused(backend)
      return backend
    })
  }
  if (options.device !== 'auto' && options.device !== started.device) {
    throw new WhetstoneError(
      'DEVICE_UNAVAILABLE',
      `device "${options.device}": this process already computes on "${started.device}"`,
      'start another process for another device',
    )
  }
  await tf.setBackend('torch')
  await tf.ready()
  const backend = tf.backend() as TorchBackend
  backend.precision = options.precision
  const { device, version, threads } = started
  return { name: 'torch', device, version, threads, precision: options.precision }
}

function startAddon(addon: Addon, { device, threads }: Required<EngineOptions>): Device {
  try {
    // TF32 stays off: what is named fp32 is computed in fp32, on every device.
    return addon.start(device, threads, false)
  } catch (cause) {
    const message = `device "${device}": ${(cause as Error).message}`
    throw new WhetstoneError('DEVICE_UNAVAILABLE', message, cudaAdvice, { cause })
  }
}

/** Each file of kernels/ registers its own when it is loaded. */
async function registerKernels(): Promise<void> {
  await Promise.all([
    import('./kernels/blocks.ts'),
    import('./kernels/complex.ts'),
    import('./kernels/convolutions.ts'),
    import('./kernels/elementwise.ts'),
    import('./kernels/indexing.ts'),
    import('./kernels/others.ts'),
    import('./kernels/products.ts'),
    import('./kernels/reductions.ts'),
    import('./kernels/shapes.ts'),
  ])
}

export const cudaAdvice =
  'see docs/operations.md, "CUDA": a torch built for CUDA and an NVIDIA driver are needed; or take the device "cpu"'
