import * as tf from '@tensorflow/tfjs-core'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { lookUp } from '#trainer/nn/layers.ts'
import { predictingRows } from '#trainer/rlhf/masks.ts'
import { rightPad } from '#trainer/text/padding.ts'
import type { Network, PassOptions, Sequence } from './sequences.ts'

/**
 * The hidden states that predict the response tokens, packed [N, width], for losses that read several things from one pass; and the
 * response tokens [N] int32. Runs in the caller's tidy.
 */
export function responseStates(
  { config, parameters }: Network,
  sequences: readonly Sequence[],
  { checkpointing }: PassOptions,
): { hidden: tf.Tensor2D; tokens: tf.Tensor1D } {
  const whole = sequences.map(({ query, response }) => [...query, ...response])
  const { tokens, mask, rows, length } = rightPad(whole, config.padTokenId)
  const states = hiddenStates(config, parameters, {
    tokens: tf.tensor2d(tokens, [rows, length], 'int32'),
    mask: tf.tensor2d(mask, [rows, length]),
    rightPadded: true,
    checkpointing,
  }) // [B, T, width]
  const places = predictingRows(
    sequences.map(({ query }) => query.length),
    sequences.map(({ response }) => response.length),
    length,
  )
  const flat = tf.reshape(states, [rows * length, config.width]) as tf.Tensor2D
  const responses = Int32Array.from(sequences.flatMap(({ response }) => response))
  return { hidden: lookUp(flat, tf.tensor1d(places, 'int32')), tokens: tf.tensor1d(responses, 'int32') }
}
