import * as tf from '@tensorflow/tfjs-core'
import { dot } from './conjugate-gradient.ts'
import { disposeGradients, type Gradients } from './gradients.ts'
import type { Parameters } from './transformer.ts'

/** The parameters' values, to be put back bit for bit. */
export interface Snapshot {
  /** The parameters become saved + factor·change. */
  move(change: Gradients, factor: number): void
  restore(): void
  dispose(): void
}

export function snapshot(parameters: Parameters): Snapshot {
  const saved = new Map(Array.from(parameters, ([name, variable]) => [name, variable.clone()]))
  const assign = (value: (name: string) => tf.Tensor) => {
    for (const [name, variable] of parameters) tf.tidy(() => variable.assign(value(name)))
  }
  return {
    move: (change, factor) =>
      assign((name) => {
        const [from, by] = [saved.get(name)!, change.get(name)]
        return by ? tf.add(from, tf.mul(by, factor)) : from.clone()
      }),
    restore: () => assign((name) => saved.get(name)!.clone()),
    dispose: () => tf.dispose([...saved.values()]),
  }
}

/**
 * F·v with F the Fisher information, the Hessian of the mean KL at the parameters: (g(θ + εv) − g(θ − εv)) / 2ε, g the gradient of
 * the KL to the distributions at θ. `divergence` computes that KL and g at the parameters as they are. The parameters are put back.
 * Why differences: engines fuse a whole model into one kernel, whose gradient has no gradient of its own. They lose little, since g is
 * 0 at θ: nothing large cancels. ε is such that the KL becomes about 1e-4 nats, where in fp32 the rounding of log-probabilities
 * (1e-7 of a difference of 1e-2) and the third derivatives (1e-2 squared) are both near 1e-4 of the result.
 * Source: Schulman et al. 2015 (TRPO), appendix C; Martens 2010, section 4.2 (products by differences of gradients).
 */
export function fisherVectorProduct(
  parameters: Parameters,
  vector: Gradients,
  divergence: () => { loss: number; gradients: Gradients },
  { startStep }: { startStep: number },
): { product: Gradients; step: number } {
  const at = snapshot(parameters)
  const length = Math.sqrt(dot(vector, vector))
  let step = startStep / length
  try {
    let forward = measure(at, vector, step, divergence)
    // The KL grows with ε²; the first ε may be far off, the corrected one is not.
    for (let tries = 0; tries < 8 && (forward.loss > 1e-3 || !(forward.loss > 1e-5)); tries++) {
      disposeGradients(forward.gradients)
      step *= forward.loss > 0 ? Math.min(100, Math.max(0.01, Math.sqrt(1e-4 / forward.loss))) : 100
      forward = measure(at, vector, step, divergence)
    }
    const backward = measure(at, vector, -step, divergence)
    const product: Gradients = new Map()
    for (const [name, gradient] of forward.gradients)
      product.set(
        name,
        tf.tidy(() => tf.div(tf.sub(gradient, backward.gradients.get(name)!), 2 * step)),
      )
    disposeGradients(forward.gradients)
    disposeGradients(backward.gradients)
    return { product, step: step * length }
  } finally {
    at.restore()
    at.dispose()
  }
}

function measure(
  at: Snapshot,
  vector: Gradients,
  step: number,
  divergence: () => { loss: number; gradients: Gradients },
) {
  at.move(vector, step)
  return divergence()
}
