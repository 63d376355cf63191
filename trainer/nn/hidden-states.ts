import * as tf from '@tensorflow/tfjs-core'
import { runBlocks } from './blocks.ts'
import { fusedKernels } from './fused.ts'
import { attend } from './layers.ts'
import {
  attentionBias,
  bodyOf,
  type Parameters,
  placesOf,
  type TokenBatch,
  type TransformerConfig,
} from './transformer.ts'

/**
 * The last hidden states after the final norm, [B, T, width]. No dropout. Padding is never attended
 * to, and what stands on padding's own places has no meaning (but is finite).
 */
export function hiddenStates(
  config: TransformerConfig,
  parameters: Parameters,
  batch: TokenBatch,
): tf.Tensor3D {
  const fused = fusedKernels()
  if (fused) return fused.hiddenStates(config, parameters, batch)
  const [B, T] = batch.tokens.shape
  return tf.tidy(() => {
    const places = placesOf(config, batch)
    const bias = attentionBias(batch.mask) // [B, 1, T, T]
    const body = bodyOf(config, parameters, places)
    const hidden = runBlocks(body, places, config.layers, (heads) => attend(heads, bias))
    return tf.reshape(hidden, [B, T, config.width])
  })
}
