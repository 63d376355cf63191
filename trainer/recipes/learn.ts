import type * as tf from '@tensorflow/tfjs-core'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Adam } from '#trainer/nn/adam.ts'
import {
  accumulate,
  clipGlobalNorm,
  disposeGradients,
  type Gradients,
  gradients,
} from '#trainer/nn/gradients.ts'
import type { Parameters } from '#trainer/nn/transformer.ts'
import { diverged } from './run.ts'

/**
 * The sum of the micro-batches' losses and of their gradients. Each loss is already divided by the size of the whole minibatch
 * (docs/algorithms.md, 12), so both are the minibatch's own. The caller disposes of the gradients, or gives them to `descend`.
 */
export function differentiate(
  parameters: Parameters,
  losses: Iterable<() => tf.Scalar>,
): { loss: number; gradients: Gradients } {
  let total: Gradients | undefined
  let sum = 0
  for (const loss of losses) {
    const part = gradients(() => ({ loss: loss() }), parameters)
    sum += part.loss
    total = accumulate(total, part.gradients)
  }
  return { loss: sum, gradients: total ?? new Map() }
}

/**
 * Clips the gradients, moves the parameters and disposes of the gradients; returns the norm before clipping.
 * Throws DIVERGED when the loss or the norm is not finite: the parameters are then as they were.
 */
export function descend(
  adam: Adam,
  { loss, gradients: total }: { loss: number; gradients: Gradients },
  options: { maxGradNorm: number; learningRate: number; step: number; lastGood: Checkpoint | null },
): number {
  try {
    if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`, options.step, options.lastGood)
    const norm = clipGlobalNorm(total, options.maxGradNorm)
    if (!Number.isFinite(norm))
      throw diverged(`the length of the gradient is ${norm}`, options.step, options.lastGood)
    adam.step(total, options.learningRate)
    return norm
  } finally {
    disposeGradients(total)
  }
}
