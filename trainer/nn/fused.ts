import * as tf from '@tensorflow/tfjs-core'
import type { FusedKernels } from '#trainer/engine/fused.ts'

let refused = 0

/** The engine's fused kernels, where it has them (trainer/engine/fused.ts). */
export function fusedKernels(): FusedKernels | undefined {
  return refused > 0 ? undefined : (tf.backend() as { fused?: FusedKernels }).fused
}

/** What `compute` returns when everything is computed by the references, as on an engine without fused kernels. */
export function withoutFused<T>(compute: () => T): T {
  refused++
  try {
    return compute()
  } finally {
    refused--
  }
}
