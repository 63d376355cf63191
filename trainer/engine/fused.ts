import type * as tf from '@tensorflow/tfjs-core'
import type { Parameters, TransformerConfig } from '#trainer/nn/transformer.ts'

/**
 * What an engine may compute in one call where TensorFlow.js would take hundreds. Each has its reference in trainer/nn or trainer/rlhf, which
 * runs where the engine lacks it; trainer/nn/fused.test.ts holds the two equal.
 */
export interface FusedKernels {
  /**
   * nn/hidden-states.ts: the last hidden states after the final norm, [B, T, width] float32. Differentiable by every parameter that learns
   * (nn/lora.ts' isTrainable).
   */
  hiddenStates(config: TransformerConfig, parameters: Parameters, batch: FusedBatch): tf.Tensor3D
  /**
   * rlhf/log-probs.ts: log-probabilities of `tokens` under softmax(hidden·headᵀ / temperature) and the entropies, in nats, [2, N], without the
   * [N, V] logits in memory. hidden [N, width], head [V, width], tokens [N] int32. Only the log-probabilities have a gradient,
   * by hidden and, where `headLearns`, by head.
   */
  logProbsAndEntropy(
    hidden: tf.Tensor2D,
    head: tf.Tensor2D,
    tokens: tf.Tensor1D,
    temperature: number,
    headLearns: boolean,
  ): tf.Tensor2D
  /**
   * KL(p ‖ q) = Σ p·(log p − log q) over the vocabulary for each row, [N], in nats: p from (hidden, head), q from `reference`, both at that
   * temperature. Differentiable by hidden and, where `headLearns`, by head.
   */
  klDivergence(
    hidden: tf.Tensor2D,
    head: tf.Tensor2D,
    reference: { hidden: tf.Tensor2D; head: tf.Tensor2D },
    temperature: number,
    headLearns: boolean,
  ): tf.Tensor1D
  /** nn/gradients.ts' globalNorm: √Σ g² over all of them. */
  globalNorm(gradients: tf.Tensor[]): number
  /** nn/adam.ts' step over all parameters at once; parameters and moments change in place. */
  adam(update: FusedAdamUpdate): void
  /** nn/rollout.ts' generate for one batch: the same tokens from the same logits. */
  decode(request: FusedDecodeRequest): FusedResponses
}

export interface FusedBatch {
  /** [B, T] int32. */
  tokens: tf.Tensor2D
  /** [B, T]: 1 on tokens, 0 on padding; or 1, 2 … on the tokens of a row's examples (nn/packed.ts), each of which sees its own alone. */
  mask: tf.Tensor2D
  /** True where every row's padding is on its right: a causal model then needs no mask. */
  rightPadded?: boolean
  /** Recompute each layer in the backward pass instead of keeping what it computed. */
  checkpointing?: boolean
}

/**
 * Where ε stands. 'tensorflow': lr·√(1 − β2ᵗ)/(1 − β1ᵗ) · m/(√v + ε), as TensorFlow 1 and OpenAI's RLHF did.
 * 'torch': lr · m̂/(√v̂ + ε), as in the paper (Kingma & Ba 2015) and PyTorch.
 */
export type AdamForm = 'tensorflow' | 'torch'

export interface FusedAdamUpdate {
  parameters: tf.Variable[]
  gradients: tf.Tensor[]
  first: tf.Variable[]
  second: tf.Variable[]
  /** Which of the parameters decay. */
  decays: boolean[]
  form: AdamForm
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  learningRate: number
  /** The number of this step, from 1. */
  step: number
}

export interface FusedDecodeRequest {
  config: TransformerConfig
  parameters: Parameters
  /** Left-padded, row after row, [rows · length]. */
  tokens: Int32Array
  /** How many of a row's tokens are no padding, [rows]. */
  lengths: Int32Array
  rows: number
  length: number
  responseLength: number
  temperature: number
  /** 0 keeps all. */
  topK: number
  /** 1 keeps all. */
  topP: number
  /** In (0, 1), [rows · responseLength]: row r's number for position p at r · responseLength + p (rlhf/philox.ts). */
  uniforms: Float64Array
  stopAtEos: boolean
  /** Also the value of the state in which each token was chosen, by the scalar head. */
  values: boolean
}

export interface FusedResponses {
  /** [rows · responseLength]; what stands behind a row's length has no meaning. */
  tokens: Int32Array
  logProbs: Float32Array
  values?: Float32Array
  /** Tokens of each response, its EOS included, [rows]. */
  lengths: Int32Array
}
