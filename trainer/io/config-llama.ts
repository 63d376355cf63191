import { WhetstoneError } from '#trainer/errors.ts'
import type { LlamaConfig, LlamaFamily, RopeScaling } from '#trainer/nn/llama.ts'
import { type ConfigReader, className, type ModelKind, type SpecialTokens } from './config-reader.ts'

/** By their model_type. */
export const llamaFamilies = ['llama', 'mistral', 'qwen2', 'qwen3'] as const satisfies LlamaFamily[]

/** What a family's configuration holds where the file does not say it, as transformers' classes have it. */
const byDefault: Record<LlamaFamily, { keyValueHeads?: number; headDim?: number; window: number | null }> = {
  llama: { window: null },
  mistral: { keyValueHeads: 8, window: 4096 },
  qwen2: { keyValueHeads: 32, window: 4096 },
  qwen3: { keyValueHeads: 32, headDim: 128, window: 4096 },
}

/**
 * Hugging Face's config.json of a Llama, Mistral, Qwen 2 or Qwen 3, by the names of transformers 4 (rope_theta, rope_scaling) or 5
 * (rope_parameters). Where attention slides over a window, maxPositions is the window: within it, it is full attention.
 * Throws MODEL_UNSUPPORTED, MODEL_INVALID.
 */
export function llamaFromHuggingFace(
  family: LlamaFamily,
  reader: ConfigReader,
  tokens: SpecialTokens,
  notes: string[],
): LlamaConfig {
  const { hf, integer, number, flag, unsupported } = reader
  const activation = hf.hidden_act ?? 'silu'
  if (activation !== 'silu' && activation !== 'swish')
    throw unsupported(`hidden_act ${JSON.stringify(activation)}; only "silu" is computed`)
  const width = integer('hidden_size')
  const layers = integer('num_hidden_layers')
  const heads = integer('num_attention_heads')
  const positions = integer('max_position_embeddings')
  const window = slidingWindow(family, reader, layers)
  if (window !== null && window < positions)
    notes.push(
      `attention slides over ${window} of ${positions} positions (sliding_window): the context is limited to ${window}, where it is the same`,
    )
  const biased = family === 'qwen2' || (family !== 'mistral' && flag('attention_bias', false))
  const { ropeTheta, ropeScaling } = rope(reader, positions)
  return {
    architecture: 'llama',
    family,
    vocabSize: integer('vocab_size'),
    maxPositions: Math.min(positions, window ?? positions),
    width,
    layers,
    heads,
    keyValueHeads: integer(
      'num_key_value_heads',
      hf.num_key_value_heads === null ? heads : (byDefault[family].keyValueHeads ?? heads),
    ),
    headDim: integer('head_dim', byDefault[family].headDim ?? Math.floor(width / heads)),
    mlpWidth: integer('intermediate_size'),
    normEpsilon: number('rms_norm_eps', 1e-6),
    ropeTheta,
    ...(ropeScaling && { ropeScaling }),
    ...(biased && { attentionBias: true }),
    ...(biased && family !== 'qwen2' && { outputBias: true }),
    ...(family === 'llama' && flag('mlp_bias', false) && { mlpBias: true }),
    ...(family === 'qwen3' && { queryKeyNorm: true }),
    tiedEmbeddings: flag('tie_word_embeddings', false),
    eosTokenId: tokens.eosTokenId,
    padTokenId: tokens.padTokenId,
    bosTokenId: tokens.bosTokenId,
  }
}

/** How many keys a query of some layer sees, itself among them; null where it sees all. */
function slidingWindow(
  family: LlamaFamily,
  { hf, integer, flag }: ConfigReader,
  layers: number,
): number | null {
  if (family === 'llama' || hf.sliding_window === null) return null
  const window = integer('sliding_window', byDefault[family].window!)
  if (family === 'mistral') return window
  if (!flag('use_sliding_window', false)) return null
  if (Array.isArray(hf.layer_types)) return hf.layer_types.includes('sliding_attention') ? window : null
  return integer('max_window_layers', 28) < layers ? window : null
}

function rope({ hf, unsupported }: ConfigReader, maxPositions: number) {
  // transformers 5 has everything in rope_parameters; 4 has rope_theta, and rope_scaling where it is scaled.
  const all = { ...(hf.rope_parameters as object), ...(hf.rope_scaling as object) } as Record<string, unknown>
  const type = all.rope_type ?? all.type ?? 'default'
  const given = (key: string): number | undefined => {
    const value = all[key] ?? undefined
    if (value === undefined || typeof value === 'number') return value
    throw unsupported(`${key} ${JSON.stringify(value)} in rope_parameters; expected a number`)
  }
  const needed = (key: string): number => {
    const value = given(key)
    if (value !== undefined) return value
    throw unsupported(`rope_type ${JSON.stringify(type)} without ${key}`)
  }
  if (
    Object.values(all).some((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  )
    throw unsupported('rope_parameters for each type of layer')
  for (const partial of [given('partial_rotary_factor'), hf.partial_rotary_factor])
    if (partial != null && partial !== 1) throw unsupported(`partial_rotary_factor ${partial}`)
  const ropeTheta = given('rope_theta') ?? (typeof hf.rope_theta === 'number' ? hf.rope_theta : 10_000)

  let ropeScaling: RopeScaling | undefined
  if (type === 'linear') ropeScaling = { type, factor: needed('factor') }
  else if (type === 'llama3')
    ropeScaling = {
      type,
      factor: needed('factor'),
      lowFrequencyFactor: needed('low_freq_factor'),
      highFrequencyFactor: needed('high_freq_factor'),
      originalMaxPositions: needed('original_max_position_embeddings'),
    }
  else if (type === 'yarn') {
    if (all.truncate === false) throw unsupported('truncate false in rope_parameters')
    const originalMaxPositions = given('original_max_position_embeddings') ?? maxPositions
    const factor = given('factor') ?? maxPositions / originalMaxPositions
    const attentionFactor =
      given('attention_factor') ?? yarnAttention(factor, given('mscale'), given('mscale_all_dim'))
    ropeScaling = {
      type,
      factor,
      originalMaxPositions,
      betaFast: given('beta_fast') ?? 32,
      betaSlow: given('beta_slow') ?? 1,
      ...(attentionFactor !== undefined && { attentionFactor }),
    }
  } else if (type !== 'default')
    throw unsupported(`rope_type ${JSON.stringify(type)}; read are default, linear, llama3, yarn`)
  return { ropeTheta, ropeScaling }
}

/** As transformers infers it from DeepSeek's two scales; undefined leaves it to the factor alone. */
function yarnAttention(factor: number, scale?: number, scaleOfAll?: number): number | undefined {
  if (!scale || !scaleOfAll) return undefined
  const attention = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1)
  return attention(scale) / attention(scaleOfAll)
}

/** In the names of transformers 4, which 5 reads too. Throws MODEL_UNSUPPORTED for a mixture that no family has. */
export function llamaToHuggingFace(config: LlamaConfig, kind: ModelKind): Record<string, unknown> {
  const {
    family = 'llama',
    attentionBias = false,
    outputBias = false,
    mlpBias = false,
    queryKeyNorm = false,
  } = config
  const fits = {
    llama: attentionBias === outputBias && !queryKeyNorm,
    mistral: !attentionBias && !outputBias && !mlpBias && !queryKeyNorm,
    qwen2: attentionBias && !outputBias && !mlpBias && !queryKeyNorm,
    qwen3: attentionBias === outputBias && !mlpBias && queryKeyNorm,
  }
  if (!fits[family])
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `no ${family} has ${JSON.stringify({ attentionBias, outputBias, mlpBias, queryKeyNorm })}`,
      'give the configuration the family whose biases and norms it has',
    )
  const prefix = { llama: 'Llama', mistral: 'Mistral', qwen2: 'Qwen2', qwen3: 'Qwen3' }[family]
  return {
    architectures: [className(prefix, kind)],
    model_type: family,
    vocab_size: config.vocabSize,
    max_position_embeddings: config.maxPositions,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headDim,
    intermediate_size: config.mlpWidth,
    hidden_act: 'silu',
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling: scalingToHuggingFace(config.ropeScaling),
    ...((family === 'llama' || family === 'qwen3') && { attention_bias: attentionBias }),
    ...(family === 'llama' && { mlp_bias: mlpBias }),
    ...(family !== 'llama' && { sliding_window: null }),
    ...(family.startsWith('qwen') && { use_sliding_window: false }),
    attention_dropout: 0,
    ...(kind === 'value' && { classifier_dropout: 0 }),
    initializer_range: 0.02,
    tie_word_embeddings: config.tiedEmbeddings,
  }
}

function scalingToHuggingFace(scaling: RopeScaling | undefined): Record<string, unknown> | null {
  if (!scaling) return null
  const { type, factor } = scaling
  if (type === 'linear') return { rope_type: type, factor }
  if (type === 'llama3')
    return {
      rope_type: type,
      factor,
      low_freq_factor: scaling.lowFrequencyFactor,
      high_freq_factor: scaling.highFrequencyFactor,
      original_max_position_embeddings: scaling.originalMaxPositions,
    }
  return {
    rope_type: type,
    factor,
    beta_fast: scaling.betaFast,
    beta_slow: scaling.betaSlow,
    original_max_position_embeddings: scaling.originalMaxPositions,
    ...(scaling.attentionFactor !== undefined && { attention_factor: scaling.attentionFactor }),
  }
}
