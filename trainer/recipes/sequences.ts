import * as tf from '@tensorflow/tfjs-core'
import type { Model } from '#trainer/io/model-folder.ts'
import { eachHead, scalarHead } from '#trainer/nn/heads.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { lookUp } from '#trainer/nn/layers.ts'
import { tokenLogProbs } from '#trainer/nn/token-probabilities.ts'
import { lastRows, predictingRows } from '#trainer/rlhf/masks.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { type PaddedBatch, rightPad } from '#trainer/text/padding.ts'

/** A prompt's tokens and what follows them. */
export interface Sequence {
  query: number[]
  response: number[]
}

/** What of a model computes. */
export type Network = Pick<Model, 'config' | 'parameters'>

/** How a pass over sequences is computed; it changes nothing in the results. */
export interface PassOptions {
  /** Recompute each layer in the backward pass, where the engine can, instead of keeping what it computed. */
  checkpointing?: boolean
}

/**
 * The hidden states that predict the response tokens, packed [N, width], and those tokens [N] int32: everything downstream is computed at
 * response positions only. Runs in the caller's tidy.
 */
export function responseStates(
  model: Network,
  sequences: readonly Sequence[],
  options: PassOptions,
): { hidden: tf.Tensor2D; tokens: tf.Tensor1D } {
  const batch = pad(model, sequences)
  const places = predictingRows(
    sequences.map(({ query }) => query.length),
    sequences.map(({ response }) => response.length),
    batch.length,
  )
  const responses = Int32Array.from(sequences.flatMap(({ response }) => response))
  return { hidden: hiddenAt(model, batch, places, options), tokens: tf.tensor1d(responses, 'int32') }
}

/** Log-probabilities and entropies of the response tokens, packed [2, N]; see rlhf/log-probs.ts. Runs in the caller's tidy. */
export function responseLogProbs(
  model: Network,
  sequences: readonly Sequence[],
  temperature: number,
  options: PassOptions = {},
): tf.Tensor2D {
  const { hidden, tokens: targets } = responseStates(model, sequences, options)
  return tokenLogProbs(model.config, model.parameters, hidden, targets, temperature)
}

/** The value of the state each response token was chosen in, packed [N]. Runs in the caller's tidy. */
export function responseValues(
  model: Network,
  sequences: readonly Sequence[],
  options: PassOptions = {},
): tf.Tensor1D {
  return scalarHead(model.parameters, responseStates(model, sequences, options).hidden) as tf.Tensor1D
}

/** What each head of a reward model makes of each sequence, read at its last token: raw, [B, heads]. Runs in the caller's tidy. */
export function sequenceHeadScores(
  model: Network,
  sequences: readonly Sequence[],
  options: PassOptions = {},
): tf.Tensor2D {
  const batch = pad(model, sequences)
  const lengths = sequences.map(({ query, response }) => query.length + response.length)
  const last = hiddenAt(model, batch, lastRows(lengths, batch.length), options)
  return eachHead(model.parameters, last)
}

/** `measure` over parts of at most `size` sequences, without gradients, downloaded and put together by `packed`. */
export function measureLogProbs(
  model: Network,
  sequences: readonly Sequence[],
  { temperature, size }: { temperature: number; size: number },
): { logProbs: Float32Array; entropy: Float32Array } {
  const parts = inParts(sequences, size).map((part) => {
    const measured = download(() => responseLogProbs(model, part, temperature))
    return [measured.subarray(0, measured.length / 2), measured.subarray(measured.length / 2)] as const
  })
  return {
    logProbs: join(parts.map(([logProbs]) => logProbs)),
    entropy: join(parts.map(([, entropy]) => entropy)),
  }
}

/** The values of all response tokens, packed. */
export function measureValues(model: Network, sequences: readonly Sequence[], size: number): Float32Array {
  return join(inParts(sequences, size).map((part) => download(() => responseValues(model, part))))
}

/** The raw scores of all sequences: of several heads their mean. */
export function measureScores(model: Network, sequences: readonly Sequence[], size: number): Float32Array {
  return measureHeads(model, sequences, size).scores
}

/** The raw scores of all sequences, each the mean over the heads, and what each head says, row after row [sequences · heads]. */
export function measureHeads(
  model: Network,
  sequences: readonly Sequence[],
  size: number,
): { scores: Float32Array; heads: Float32Array; headCount: number } {
  const heads = join(inParts(sequences, size).map((part) => download(() => sequenceHeadScores(model, part))))
  const headCount = heads.length / sequences.length
  if (headCount === 1) return { scores: heads, heads, headCount }
  const scores = Float32Array.from(
    sequences,
    (_, row) => moments(heads.subarray(row * headCount, (row + 1) * headCount)).mean,
  )
  return { scores, heads, headCount }
}

/** Consecutive parts of at most `size`. */
export function inParts<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size))
  return parts
}

/** The values of what `compute` returns. Not returned from the tidy itself, which would look through every number for tensors. */
function download(compute: () => tf.Tensor): Float32Array {
  const tensor = tf.tidy(compute)
  const values = tensor.dataSync() as Float32Array
  tensor.dispose()
  return values
}

function pad(model: Network, sequences: readonly Sequence[]): PaddedBatch {
  return rightPad(
    sequences.map(({ query, response }) => [...query, ...response]),
    model.config.padTokenId,
  )
}

/** The hidden states at those places of the flattened, right-padded batch, [N, width]. Runs in the caller's tidy. */
export function hiddenAt(
  model: Network,
  batch: PaddedBatch,
  places: Int32Array,
  options: PassOptions,
): tf.Tensor2D {
  const shape: [number, number] = [batch.rows, batch.length]
  const hidden = hiddenStates(model.config, model.parameters, {
    tokens: tf.tensor2d(batch.tokens, shape, 'int32'),
    mask: tf.tensor2d(batch.mask, shape),
    rightPadded: true,
    checkpointing: options.checkpointing,
  }) // [B, T, width]
  const flat = tf.reshape(hidden, [batch.rows * batch.length, model.config.width]) as tf.Tensor2D
  return lookUp(flat, tf.tensor1d(places, 'int32')) // [N, width]
}

function join(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let next = 0
  for (const part of parts) {
    all.set(part, next)
    next += part.length
  }
  return all
}
