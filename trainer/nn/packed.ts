import * as tf from '@tensorflow/tfjs-core'
import { runBlocks } from './blocks.ts'
import { fusedKernels } from './fused.ts'
import { attend } from './layers.ts'
import { bodyOf, type Parameters, type TransformerConfig } from './transformer.ts'

/** Rows that hold several examples behind one another, row-major [rows · length]. */
export interface PackedRows {
  rows: number
  length: number
  tokens: Int32Array
  /** From 0 in every example. */
  positions: Int32Array
  /** Which of its row's examples a token belongs to, from 1; 0 on padding. */
  segments: Int32Array
  checkpointing?: boolean
}

/**
 * hidden-states.ts' last hidden states, [rows, length, width], where a token sees only earlier ones of its own example: what an example
 * computes is what it would in a row of its own.
 */
export function packedHiddenStates(
  config: TransformerConfig,
  parameters: Parameters,
  { rows, length, tokens, positions, segments, checkpointing }: PackedRows,
): tf.Tensor3D {
  const fused = fusedKernels()
  if (fused)
    return tf.tidy(() =>
      fused.hiddenStates(config, parameters, {
        tokens: tf.tensor2d(tokens, [rows, length], 'int32'),
        mask: tf.tensor2d(Float32Array.from(segments), [rows, length]),
        checkpointing,
      }),
    )
  return tf.tidy(() => {
    const places = {
      batch: rows,
      length,
      tokens: tf.tensor1d(tokens, 'int32'),
      positions: tf.tensor1d(positions, 'int32'),
    }
    const bias = segmentBias(tf.tensor2d(segments, [rows, length], 'int32')) // [rows, 1, T, T]
    const body = bodyOf(config, parameters, places)
    const hidden = runBlocks(body, places, config.layers, (heads) => attend(heads, bias))
    return tf.reshape(hidden, [rows, length, config.width])
  })
}

/** 0 where a query may see a key (not later, of the same example), −1e9 elsewhere: [B, 1, T, T]. Padding sees padding. */
function segmentBias(segments: tf.Tensor2D): tf.Tensor4D {
  const [B, T] = segments.shape
  const same = tf.equal(tf.reshape(segments, [B, 1, T, 1]), tf.reshape(segments, [B, 1, 1, T]))
  const earlier = tf.linalg.bandPart(tf.ones([T, T]), -1, 0) // [T, T], 1 on and below the diagonal
  return tf.mul(tf.sub(tf.mul(tf.cast(same, 'float32'), earlier), 1), 1e9) as tf.Tensor4D
}
