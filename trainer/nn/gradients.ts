import * as tf from '@tensorflow/tfjs-core'
import { fusedKernels } from './fused.ts'
import type { Parameters } from './transformer.ts'

/** By parameter name; the caller disposes of them. */
export type Gradients = Map<string, tf.Tensor>

export interface LossAndGradients {
  loss: number
  /** The means of what the loss function returned beside its loss. */
  metrics: Record<string, number>
  gradients: Gradients
}

/**
 * Runs `loss` and differentiates its `loss` by every parameter; a parameter it does not touch has no entry.
 * All other tensors it returns become metrics (their mean, when they are not scalars). It must use the
 * parameters' variables directly; everything it makes is disposed of.
 */
export function gradients(
  loss: () => { loss: tf.Scalar } & Record<string, tf.Tensor>,
  parameters: Parameters,
): LossAndGradients {
  const names = [...parameters.keys()]
  const metrics: Record<string, number> = {}
  const { value, grads } = tf.engine().gradients(
    () => {
      const { loss: value, ...others } = loss()
      for (const [name, tensor] of Object.entries(others)) {
        metrics[name] = tf.tidy(() => (tensor.size === 1 ? tensor : tf.mean(tensor)).dataSync()[0]!)
      }
      return value
    },
    [...parameters.values()],
    undefined,
    true,
  )
  const result: Gradients = new Map()
  for (const [i, name] of names.entries()) if (grads[i]) result.set(name, grads[i])
  const number = value.dataSync()[0]!
  value.dispose()
  return { loss: number, metrics, gradients: result }
}

/** Adds `more` into `total` (nothing at first), disposing of both; returns the sum. */
export function accumulate(total: Gradients | undefined, more: Gradients): Gradients {
  if (!total) return more
  for (const [name, gradient] of more) {
    const before = total.get(name)
    if (!before) {
      total.set(name, gradient)
      continue
    }
    total.set(name, tf.add(before, gradient))
    tf.dispose([before, gradient])
  }
  return total
}

/** √Σ g² over all gradients. */
export function globalNorm(gradients: Gradients): number {
  const fused = fusedKernels()
  if (fused && gradients.size > 0) return fused.globalNorm([...gradients.values()])
  return tf.tidy(() => {
    const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar)
    return squares.length === 0 ? 0 : Math.sqrt(tf.sum(tf.stack(squares)).dataSync()[0]!)
  })
}

/**
 * Scales all gradients by maxNorm / norm when their global norm exceeds maxNorm (never for maxNorm 0), replacing
 * them in the map. Returns the norm before; NaN or infinity leaves them as they are, for the caller to refuse.
 */
export function clipGlobalNorm(gradients: Gradients, maxNorm: number): number {
  const norm = globalNorm(gradients)
  if (maxNorm > 0 && norm > maxNorm && Number.isFinite(norm)) {
    for (const [name, gradient] of gradients) {
      gradients.set(
        name,
        tf.tidy(() => tf.mul(gradient, maxNorm / norm)),
      )
      gradient.dispose()
    }
  }
  return norm
}

export function disposeGradients(gradients: Gradients): void {
  for (const gradient of gradients.values()) gradient.dispose()
  gradients.clear()
}
