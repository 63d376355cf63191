import type { TransformerConfig } from '#trainer/nn/transformer.ts'

/** A model and the work that is measured on it. All prompts have one length, so that nothing is computed on padding. */
export interface Shape {
  model: TransformerConfig
  /** Of a train step. */
  rows: number
  /** Of the rollouts, one measurement each. */
  rolloutRows: number[]
  /** Tokens. */
  promptLength: number
  responseLength: number
  precisions: ('fp32' | 'bf16')[]
}

export const shapeNames = ['tiny', 'smol', 'llama1b'] as const
export type ShapeName = (typeof shapeNames)[number]

const tokens = { eosTokenId: 1, padTokenId: 0, bosTokenId: null }

export const shapes: Record<ShapeName, Shape> = {
  tiny: {
    model: {
      architecture: 'gpt2',
      vocabSize: 2048,
      maxPositions: 128,
      width: 256,
      layers: 4,
      heads: 4,
      mlpWidth: 1024,
      normEpsilon: 1e-5,
      ...tokens,
    },
    rows: 64,
    rolloutRows: [64],
    promptLength: 16,
    responseLength: 48,
    precisions: ['fp32', 'bf16'],
  },
  // SmolLM-135M's.
  smol: {
    model: {
      architecture: 'llama',
      vocabSize: 49152,
      maxPositions: 2048,
      width: 576,
      layers: 30,
      heads: 9,
      keyValueHeads: 3,
      headDim: 64,
      mlpWidth: 1536,
      normEpsilon: 1e-5,
      ropeTheta: 10000,
      tiedEmbeddings: true,
      ...tokens,
    },
    rows: 16,
    rolloutRows: [16],
    promptLength: 32,
    responseLength: 48,
    precisions: ['fp32', 'bf16'],
  },
  // TinyLlama-1.1B's.
  llama1b: {
    model: {
      architecture: 'llama',
      vocabSize: 32000,
      maxPositions: 2048,
      width: 2048,
      layers: 22,
      heads: 32,
      keyValueHeads: 4,
      headDim: 64,
      mlpWidth: 5632,
      normEpsilon: 1e-5,
      ropeTheta: 10000,
      tiedEmbeddings: false,
      ...tokens,
    },
    rows: 32,
    rolloutRows: [1, 16, 64],
    promptLength: 128,
    responseLength: 128,
    precisions: ['bf16'],
  },
}

/** Elements of the matrices that every token is multiplied by: of the layers, and of the head. */
export function matrixElements(model: TransformerConfig): { layers: number; head: number } {
  const { width, mlpWidth, layers, vocabSize } = model
  const head = vocabSize * width
  if (model.architecture === 'gpt2')
    return { layers: layers * (4 * width * width + 2 * width * mlpWidth), head }
  const queries = model.heads * model.headDim
  const keys = model.keyValueHeads * model.headDim
  return { layers: layers * (2 * width * queries + 2 * width * keys + 3 * width * mlpWidth), head }
}

/**
 * Floating-point operations of a forward pass over the places from … to − 1 of every row, with logits at `logits` places of each:
 * 2 for every matrix element and token, and 4·headDim for every head, query and key at or before it. Norms, rotations, softmax and
 * activations are not counted.
 */
export function forwardFlops(
  model: TransformerConfig,
  { rows, from, to, logits }: { rows: number; from: number; to: number; logits: number },
): number {
  const elements = matrixElements(model)
  const pairs = (to * (to + 1) - from * (from + 1)) / 2
  const queries = model.architecture === 'gpt2' ? model.width : model.heads * model.headDim
  return (
    rows *
    (2 * elements.layers * (to - from) + 4 * model.layers * queries * pairs + 2 * elements.head * logits)
  )
}

/** Of a train step: the backward pass counts twice the forward pass; logits at the response's places only. */
export function trainFlops({ model, promptLength, responseLength }: Shape, rows: number): number {
  const to = promptLength + responseLength
  return 3 * forwardFlops(model, { rows, from: 0, to, logits: responseLength })
}

/** Of a rollout: the prompt, then one token at a time; the last one drawn is never read. */
export function rolloutFlops({ model, promptLength, responseLength }: Shape, rows: number): number {
  const prefill = forwardFlops(model, { rows, from: 0, to: promptLength, logits: 1 })
  const steps = responseLength - 1
  const decode = forwardFlops(model, { rows, from: promptLength, to: promptLength + steps, logits: steps })
  return prefill + decode
}

/** Bytes of weights that decoding one token of all rows reads. */
export function decodedBytes(model: TransformerConfig, precision: 'fp32' | 'bf16'): number {
  const { layers, head } = matrixElements(model)
  return (layers + head) * (precision === 'bf16' ? 2 : 4)
}

/** Tokens of every row, prompt and response, [rows · length], none of them special. */
export function tokensOf({ model, promptLength, responseLength }: Shape, rows: number): number[] {
  const size = rows * (promptLength + responseLength)
  return Array.from({ length: size }, (_, i) => 2 + ((i * 7919) % (model.vocabSize - 2)))
}
