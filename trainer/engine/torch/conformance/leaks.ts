import * as tf from '@tensorflow/tfjs-core'
import { TorchBackend } from '../backend.ts'

/**
 * Begins to watch the backend in use. The function returned says whether more slots were taken meanwhile than data were
 * made that hold them; undefined when not, when another backend is in use by now, or when the engine is not torch.
 */
export function watchSlots(): () => string | undefined {
  const backend = currentBackend()
  if (!(backend instanceof TorchBackend)) return () => undefined
  const before = unowned(backend)
  return () => {
    const leaked = unowned(backend) - before
    if (leaked <= 0 || currentBackend() !== backend) return undefined
    return `${leaked} slots of the addon belong to no tensor`
  }
}

function currentBackend(): tf.KernelBackend | undefined {
  return tf.getBackend() ? tf.backend() : undefined
}

function unowned(backend: TorchBackend): number {
  return backend.addon.liveSlots() - backend.numDataIds()
}
