import { WhetstoneError } from '#trainer/errors.ts'
import { checkConfig, type TransformerConfig } from '#trainer/nn/transformer.ts'

export type ModelKind = 'policy' | 'reward' | 'value'

const architectures: Record<ModelKind, string> = {
  policy: 'GPT2LMHeadModel',
  reward: 'GPT2ForSequenceClassification',
  value: 'GPT2ForTokenClassification',
}

/** Hugging Face's config.json of a GPT-2; other architectures are not read from folders. Throws MODEL_UNSUPPORTED, MODEL_INVALID, INVALID_MODEL_SHAPE. */
export function configFromHuggingFace(
  hf: Record<string, unknown>,
  tokens: { eosTokenId: number; padTokenId: number; bosTokenId: number | null },
  folder: string,
): TransformerConfig {
  const unsupported = (what: string) =>
    new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `${folder}/config.json has ${what}`,
      'use a GPT-2 (model_type "gpt2")',
    )
  if (hf.model_type !== 'gpt2') throw unsupported(`model_type ${JSON.stringify(hf.model_type)}`)
  const activation = hf.activation_function ?? 'gelu_new'
  if (activation !== 'gelu_new' && activation !== 'gelu_pytorch_tanh') {
    throw unsupported(`activation_function ${JSON.stringify(activation)}`)
  }
  if (hf.scale_attn_weights === false) throw unsupported('scale_attn_weights false')
  if (hf.scale_attn_by_inverse_layer_idx === true) throw unsupported('scale_attn_by_inverse_layer_idx true')
  const size = (key: string) => {
    const value = hf[key]
    if (Number.isInteger(value)) return value as number
    throw new WhetstoneError(
      'MODEL_INVALID',
      `${folder}/config.json has ${key} ${JSON.stringify(value)}, expected an integer`,
      'export the model again with save_pretrained',
    )
  }
  const width = size('n_embd')
  const config: TransformerConfig = {
    architecture: 'gpt2',
    vocabSize: size('vocab_size'),
    maxPositions: size('n_positions'),
    width,
    layers: size('n_layer'),
    heads: size('n_head'),
    mlpWidth: Number.isInteger(hf.n_inner) ? (hf.n_inner as number) : 4 * width,
    normEpsilon: typeof hf.layer_norm_epsilon === 'number' ? hf.layer_norm_epsilon : 1e-5,
    eosTokenId: tokens.eosTokenId,
    padTokenId: tokens.padTokenId,
    bosTokenId: tokens.bosTokenId,
  }
  checkConfig(config)
  return config
}

/** What config.json holds for a model of that kind. Throws MODEL_UNSUPPORTED. */
export function configToHuggingFace(config: TransformerConfig, kind: ModelKind): Record<string, unknown> {
  if (config.architecture !== 'gpt2')
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `a model of architecture "${config.architecture}" cannot be written as a folder`,
      'save a GPT-2',
    )
  const labels =
    kind === 'policy' ? {} : { num_labels: 1, id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } }
  return {
    architectures: [architectures[kind]],
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
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenId,
    pad_token_id: config.padTokenId,
    torch_dtype: 'float32',
    use_cache: true,
    ...labels,
  }
}
