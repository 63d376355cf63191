import * as tf from '@tensorflow/tfjs-core'
import { disposeGradients, type Gradients } from './gradients.ts'

/** Σ a·b over all parameters that both have. */
export function dot(a: Gradients, b: Gradients): number {
  return tf.tidy(() => {
    const products = [...a].flatMap(([name, tensor]) => {
      const other = b.get(name)
      return other ? [tf.sum(tf.mul(tensor, other)) as tf.Scalar] : []
    })
    return products.length === 0 ? 0 : tf.sum(tf.stack(products)).dataSync()[0]!
  })
}

/** a + factor·b as new tensors; what b lacks is a's. */
export function addScaled(a: Gradients, b: Gradients, factor: number): Gradients {
  return new Map(
    Array.from(a, ([name, tensor]) => {
      const other = b.get(name)
      return [name, tf.tidy(() => (other ? tf.add(tensor, tf.mul(other, factor)) : tf.clone(tensor)))]
    }),
  )
}

/**
 * An approximate x with multiply(x) = b for a symmetric positive definite product, from x = 0; stops after `iterations` products or
 * where |b − multiply(x)| ≤ tolerance·|b|, or where a direction has no positive curvature (rounding). b stays the caller's, x
 * becomes so; `residuals` are the relative lengths of what is left, from 1. Source: Hestenes & Stiefel 1952.
 */
export function conjugateGradient(
  multiply: (vector: Gradients) => Gradients,
  b: Gradients,
  { iterations, tolerance }: { iterations: number; tolerance: number },
): { x: Gradients; residuals: number[] } {
  let x: Gradients = new Map(Array.from(b, ([name, tensor]) => [name, tf.zerosLike(tensor)]))
  let residual = addScaled(b, b, 0)
  let direction = addScaled(b, b, 0)
  let squared = dot(residual, residual)
  const first = squared
  const residuals = [1]
  const replaced = (old: Gradients, next: Gradients) => {
    disposeGradients(old)
    return next
  }
  for (let i = 0; i < iterations && squared > 0 && Math.sqrt(squared / first) > tolerance; i++) {
    const product = multiply(direction)
    const curvature = dot(direction, product)
    if (!(curvature > 0)) {
      disposeGradients(product)
      break
    }
    const step = squared / curvature
    x = replaced(x, addScaled(x, direction, step))
    residual = replaced(residual, addScaled(residual, product, -step))
    disposeGradients(product)
    const next = dot(residual, residual)
    direction = replaced(direction, addScaled(residual, direction, next / squared))
    squared = next
    residuals.push(Math.sqrt(squared / first))
  }
  disposeGradients(residual)
  disposeGradients(direction)
  return { x, residuals }
}
