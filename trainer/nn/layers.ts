import * as tf from '@tensorflow/tfjs-core'
import type { Heads } from './blocks.ts'

/**
 * The layers with derivatives written by hand where that takes fewer operations than TensorFlow.js' tape;
 * each is checked against finite differences in layers.test.ts. Rows are flattened: x is [N, width].
 */

type Save = (tensors: tf.Tensor[]) => void

function custom(forward: (inputs: tf.Tensor[], save: Save) => tf.Tensor, backward: Backward) {
  return tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as Save
    const inputs = args as tf.Tensor[]
    return { value: forward(inputs, save), gradFunc: (dy, saved) => backward(dy, saved) }
  }) as (...inputs: tf.Tensor[]) => tf.Tensor
}
type Backward = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[]

/**
 * x [N, in] · weight [in, out] + bias [out].
 * Rejected: a kernel that sends two matrices to TensorFlow's MatMul, as tfjs-node's BatchMatMulV2 prepares oneDNN
 * on each call: [64, 128]·[128, 512] in 42 instead of 95 µs, but [128, 256]·[256, 64] corrupted the heap
 * (TensorFlow 2.21, seen with node --cpu-prof).
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  return fusedLinear(x, weight, bias) as tf.Tensor2D
}

const fusedLinear = custom(
  ([x, weight, bias], save) => {
    save([x!, weight!])
    return tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias!)
  },
  (dy, [x, weight]) => [
    tf.matMul(dy as tf.Tensor2D, weight as tf.Tensor2D, false, true), // [N, in]
    tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false), // [in, out]
    tf.sum(dy, 0), // [out]
  ],
)

/** (x − mean) · rsqrt(variance + ε) · gain + bias over the last axis of x [N, width]. */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor2D {
  return custom(
    ([input, scale, shift], save) => {
      const centred = tf.sub(input!, tf.mean(input!, -1, true)) // [N, width]
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)) // [N, 1]
      const normal = tf.mul(centred, inverse)
      save([normal, inverse, scale!])
      return tf.add(tf.mul(normal, scale!), shift!)
    },
    (dy, [normal, inverse, scale]) => {
      const d = tf.mul(dy, scale!) // [N, width]
      const meanD = tf.mean(d, -1, true) // [N, 1]
      const meanDn = tf.mean(tf.mul(d, normal!), -1, true) // [N, 1]
      const dx = tf.mul(tf.sub(tf.sub(d, meanD), tf.mul(normal!, meanDn)), inverse!)
      return [dx, tf.sum(tf.mul(dy, normal!), 0), tf.sum(dy, 0)]
    },
  )(x, gain, bias) as tf.Tensor2D
}

/** x · rsqrt(mean x² + ε) · gain over the last axis of x [N, width]. Source: Zhang & Sennrich 2019. */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor, epsilon: number): tf.Tensor2D {
  return custom(
    ([input, scale], save) => {
      const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(input!), -1, true), epsilon)) // [N, 1]
      const normal = tf.mul(input!, inverse)
      save([normal, inverse, scale!])
      return tf.mul(normal, scale!)
    },
    (dy, [normal, inverse, scale]) => {
      const d = tf.mul(dy, scale!) // [N, width]
      const meanDn = tf.mean(tf.mul(d, normal!), -1, true) // [N, 1]
      const dx = tf.mul(tf.sub(d, tf.mul(normal!, meanDn)), inverse!)
      return [dx, tf.sum(tf.mul(dy, normal!), 0)]
    },
  )(x, gain) as tf.Tensor2D
}

const geluA = 2 * Math.sqrt(2 / Math.PI)
const geluB = geluA * 0.044715

/** GPT-2's gelu_new, ½x(1 + tanh u), as x·σ(2u) with 2u = x(a + b·x²). */
export const gelu = custom(
  ([x], save) => {
    const gate = tf.sigmoid(tf.mul(x!, tf.add(tf.mul(tf.square(x!), geluB), geluA)))
    save([x!, gate])
    return tf.mul(x!, gate)
  },
  (dy, [x, gate]) => {
    // σ + x·σ(1 − σ)(a + 3b·x²)
    const slope = tf.mul(x!, tf.add(tf.mul(tf.square(x!), 3 * geluB), geluA))
    const inner = tf.add(tf.mul(tf.sub(1, gate!), slope), 1)
    return [tf.mul(dy, tf.mul(gate!, inner))]
  },
)

/** silu(gate) · up, gate·σ(gate)·up. Source: Shazeer 2020. */
export const swiglu = custom(
  ([gate, up], save) => {
    const sigmoid = tf.sigmoid(gate!)
    save([gate!, up!, sigmoid])
    return tf.mul(tf.mul(gate!, sigmoid), up!)
  },
  (dy, [gate, up, sigmoid]) => {
    const silu = tf.mul(gate!, sigmoid!)
    // σ + x·σ(1 − σ)
    const slope = tf.add(sigmoid!, tf.mul(silu, tf.sub(1, sigmoid!)))
    return [tf.mul(dy, tf.mul(up!, slope)), tf.mul(dy, silu)]
  },
)

/** x [B·T, parts · heads · headDim] to that many tensors [B, heads, T, headDim]. */
export function splitHeads(
  x: tf.Tensor,
  { batch, length, heads, parts }: { batch: number; length: number; heads: number; parts: number },
): tf.Tensor4D[] {
  const headDim = x.shape[1]! / (parts * heads)
  if (length === 1) {
    const split = parts === 1 ? [x] : tf.split(x, parts, 1)
    return split.map((part) => tf.reshape(part, [batch, heads, 1, headDim]) as tf.Tensor4D)
  }
  // TensorFlow.js cannot differentiate an unstack into one.
  if (parts === 1) return [tf.transpose(tf.reshape(x, [batch, length, heads, headDim]), [0, 2, 1, 3])]
  const apart = tf.transpose(tf.reshape(x, [batch, length, parts, heads, headDim]), [2, 0, 3, 1, 4])
  return tf.unstack(apart) as tf.Tensor4D[]
}

/**
 * Attention softmax(q·kᵀ/√headDim + bias)·v: q [B, heads, Q, headDim], k and v [B, keyValueHeads, T, headDim] and the additive
 * bias [B, 1, Q, T] to [B·Q, heads · headDim]. heads / keyValueHeads consecutive heads share keys and values. The bias gets no
 * gradient.
 */
export function attend({ q, k, v }: Heads, bias: tf.Tensor): tf.Tensor2D {
  const [B, heads, Q, headDim] = q.shape
  const [, groups, T] = k.shape
  const scale = 1 / Math.sqrt(headDim)
  // The heads of a group are rows of one product: [B, groups, heads / groups · Q, ·], the same numbers in the same order.
  const grouped = (tensor: tf.Tensor, last: number) =>
    heads === groups ? tensor : tf.reshape(tensor, [B, groups, (heads / groups) * Q, last])
  const ungrouped = (tensor: tf.Tensor, last: number) =>
    heads === groups ? tensor : tf.reshape(tensor, [B, heads, Q, last])
  return custom(
    ([queries, keys, values], save) => {
      const scaled = grouped(tf.mul(queries!, scale), headDim)
      const scores = ungrouped(tf.matMul(scaled, keys!, false, true), T) // [B, heads, Q, T]
      const weights = grouped(tf.softmax(tf.add(scores, bias)), T)
      const mixed = tf.matMul(weights, values!) // grouped [B, heads, Q, headDim]
      save([scaled, keys!, values!, weights, mixed])
      const apart = ungrouped(mixed, headDim)
      const rows = Q === 1 ? apart : tf.transpose(apart, [0, 2, 1, 3])
      return tf.reshape(rows, [B * Q, heads * headDim])
    },
    (dy, [scaled, keys, values, weights, mixed]) => {
      const d = grouped(tf.transpose(tf.reshape(dy, [B, Q, heads, headDim]), [0, 2, 1, 3]), headDim)
      const dV = tf.matMul(weights!, d, true, false)
      const dWeights = tf.matMul(d, values!, false, true) // grouped [B, heads, Q, T]
      // Σ_j w_j·dw_j of the softmax equals Σ d·mixed, which is smaller.
      const inner = tf.sum(tf.mul(d, mixed!), -1, true) // grouped [B, heads, Q, 1]
      const dScores = tf.mul(weights!, tf.sub(dWeights, inner))
      const dQ = ungrouped(tf.mul(tf.matMul(dScores, keys!), scale), headDim)
      const dK = tf.matMul(dScores, scaled!, true, false)
      return [dQ, dK, dV]
    },
  )(q, k, v) as tf.Tensor2D
}

/** Rotary positions: x·cos + (−x₂, x₁)·sin of x = (x₁, x₂) [B, heads, T, headDim], cos and sin [B, 1, T, headDim]. */
export function rotate(x: tf.Tensor4D, { cos, sin }: { cos: tf.Tensor; sin: tf.Tensor }): tf.Tensor4D {
  const turned = (tensor: tf.Tensor, cosines: tf.Tensor, sines: tf.Tensor) => {
    const [first, second] = tf.split(tensor, 2, -1)
    return tf.add(tf.mul(tensor, cosines), tf.mul(tf.concat([tf.neg(second!), first!], -1), sines))
  }
  return custom(
    ([input], save) => {
      save([cos, sin])
      return turned(input!, cos, sin)
    },
    // A rotation's transpose turns the other way.
    (dy, [cosines, sines]) => [turned(dy, cosines!, tf.neg(sines!))],
  )(x) as tf.Tensor4D
}

/**
 * Rows of table [V, width] by indices [N] int32: [N, width]. The gradient scatters: at N 4096, width 256, V 2048 in 2 ms on
 * TensorFlow and 7 ms on the engine 'cpu', whose unsortedSegmentSum takes 150 ms already at 200, 16, 280.
 */
export function lookUp(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor2D {
  return custom(
    ([values], save) => {
      save([indices])
      return tf.gather(values!, indices as tf.Tensor1D)
    },
    (dy, [places]) => [tf.scatterND(tf.reshape(places!, [-1, 1]), dy, table.shape)],
  )(table) as tf.Tensor2D
}
