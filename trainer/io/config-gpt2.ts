import type { Gpt2Config } from '#trainer/nn/gpt2.ts'
import { type ConfigReader, className, type ModelKind, type SpecialTokens } from './config-reader.ts'

/** Hugging Face's config.json of a GPT-2. Throws MODEL_UNSUPPORTED, MODEL_INVALID. */
export function gpt2FromHuggingFace(
  { hf, integer, number, flag, unsupported }: ConfigReader,
  tokens: SpecialTokens,
): Gpt2Config {
  const activation = hf.activation_function ?? 'gelu_new'
  if (activation !== 'gelu_new' && activation !== 'gelu_pytorch_tanh')
    throw unsupported(`activation_function ${JSON.stringify(activation)}`)
  if (!flag('scale_attn_weights', true)) throw unsupported('scale_attn_weights false')
  for (const name of ['scale_attn_by_inverse_layer_idx', 'add_cross_attention'])
    if (flag(name, false)) throw unsupported(`${name} true`)
  if (!flag('tie_word_embeddings', true))
    throw unsupported("tie_word_embeddings false: a GPT-2's head is tied to its embedding")
  const width = integer('n_embd')
  return {
    architecture: 'gpt2',
    vocabSize: integer('vocab_size'),
    maxPositions: integer('n_positions'),
    width,
    layers: integer('n_layer'),
    heads: integer('n_head'),
    mlpWidth: integer('n_inner', 4 * width),
    normEpsilon: number('layer_norm_epsilon', 1e-5),
    eosTokenId: tokens.eosTokenId,
    padTokenId: tokens.padTokenId,
    bosTokenId: tokens.bosTokenId,
  }
}

export function gpt2ToHuggingFace(config: Gpt2Config, kind: ModelKind): Record<string, unknown> {
  return {
    architectures: [kind === 'policy' ? 'GPT2LMHeadModel' : className('GPT2', kind)],
    model_type: 'gpt2',
    vocab_size: config.vocabSize,
    n_positions: config.maxPositions,
    n_ctx: config.maxPositions,
    n_embd: config.width,
    n_layer: config.layers,
    n_head: config.heads,
    n_inner: config.mlpWidth === 4 * config.width ? null : config.mlpWidth,
    activation_function: 'gelu_new',
    layer_norm_epsilon: config.normEpsilon,
    initializer_range: 0.02,
    resid_pdrop: 0,
    embd_pdrop: 0,
    attn_pdrop: 0,
    classifier_dropout: 0,
    scale_attn_weights: true,
    tie_word_embeddings: true,
  }
}
