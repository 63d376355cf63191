import * as tf from '@tensorflow/tfjs-core'

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

/**
 * Multi-head attention: qkv [B·T, 3·width] and the additive bias [B, 1, T, T] to [B·T, width].
 * softmax(q·kᵀ/√headDim + bias)·v; the bias gets no gradient.
 */
export function attend(
  qkv: tf.Tensor,
  bias: tf.Tensor,
  { batch, length, heads }: { batch: number; length: number; heads: number },
): tf.Tensor2D {
  const width = qkv.shape[1]! / 3
  const headDim = width / heads
  const scale = 1 / Math.sqrt(headDim)
  const apart = [batch, length, 3, heads, headDim]
  return custom(
    ([input], save) => {
      const [q, k, v] = tf.unstack(tf.transpose(tf.reshape(input!, apart), [2, 0, 3, 1, 4])) as tf.Tensor4D[]
      const scaled = tf.mul(q!, scale) as tf.Tensor4D // [B, heads, T, headDim]
      const weights = tf.softmax(tf.add(tf.matMul(scaled, k!, false, true), bias)) // [B, heads, T, T]
      const mixed = tf.matMul(weights, v!) // [B, heads, T, headDim]
      save([scaled, k!, v!, weights, mixed])
      return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * length, width])
    },
    (dy, [scaled, k, v, weights, mixed]) => {
      const d = tf.transpose(tf.reshape(dy, [batch, length, heads, headDim]), [0, 2, 1, 3])
      const dV = tf.matMul(weights!, d, true, false)
      const dWeights = tf.matMul(d, v!, false, true) // [B, heads, T, T]
      // Σ_j w_j·dw_j of the softmax equals Σ d·mixed, which is smaller.
      const inner = tf.sum(tf.mul(d, mixed!), -1, true) // [B, heads, T, 1]
      const dScores = tf.mul(weights!, tf.sub(dWeights, inner))
      const dQ = tf.mul(tf.matMul(dScores, k!), scale)
      const dK = tf.matMul(dScores, scaled!, true, false)
      const together = tf.transpose(tf.stack([dQ, dK, dV]), [1, 3, 0, 2, 4]) // [B, T, 3, heads, headDim]
      return [tf.reshape(together, [batch * length, 3 * width])]
    },
  )(qkv) as tf.Tensor2D
}

/**
 * Rows of table [V, width] by indices [N] int32: [N, width]. The gradient sums by segments: at N 4096, width 256,
 * V 2048 in 1 ms, where a product with one-hot rows takes 24 ms.
 */
export function lookUp(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor2D {
  const rows = table.shape[0]
  return custom(
    ([values], save) => {
      save([indices])
      return tf.gather(values!, indices as tf.Tensor1D)
    },
    (dy, [places]) => [tf.unsortedSegmentSum(dy, places as tf.Tensor1D, rows)],
  )(table) as tf.Tensor2D
}
