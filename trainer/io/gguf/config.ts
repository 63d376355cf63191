import { WhetstoneError } from '#trainer/errors.ts'
import type { LlamaConfig, LlamaFamily, RopeScaling } from '#trainer/nn/llama.ts'
import { checkConfig, type TransformerConfig } from '#trainer/nn/transformer.ts'
import type { SpecialTokens } from '../config-reader.ts'
import type { GgufFile } from './file.ts'

const families: Record<string, LlamaFamily> = { llama: 'llama', qwen2: 'qwen2', qwen3: 'qwen3' }

/** The configuration that a GGUF file's metadata and tensors describe. Throws MODEL_UNSUPPORTED, GGUF_INVALID, INVALID_MODEL_SHAPE. */
export function configFromGguf(file: GgufFile, tokens: SpecialTokens): TransformerConfig {
  const { path, metadata, tensors } = file
  const architecture = String(metadata['general.architecture'])
  const unsupported = (what: string) =>
    new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `${path} has ${what}`,
      `take a model of the architectures gpt2, ${Object.keys(families).join(', ')}`,
    )
  const optional = (key: string): number | undefined => {
    const value = metadata[`${architecture}.${key}`]
    if (value === undefined) return undefined
    if (typeof value === 'number' || typeof value === 'bigint') return rounded(Number(value))
    throw unsupported(`${architecture}.${key} ${JSON.stringify(value)}, expected one number for all layers`)
  }
  const number = (key: string): number => {
    const value = optional(key)
    if (value !== undefined) return value
    throw new WhetstoneError(
      'GGUF_INVALID',
      `${path} has no ${architecture}.${key}`,
      'convert the model again',
    )
  }
  const { eosTokenId, padTokenId, bosTokenId } = tokens
  const family = families[architecture]
  if (!family && architecture !== 'gpt2')
    throw unsupported(`general.architecture ${JSON.stringify(architecture)}`)
  const embedding = tensors.get('token_embd.weight')?.shape[0]
  if (!embedding)
    throw new WhetstoneError(
      'GGUF_INVALID',
      `${path} has no tensor token_embd.weight`,
      'convert the model again',
    )
  const heads = number('attention.head_count')
  const width = number('embedding_length')
  const common = {
    vocabSize: embedding,
    maxPositions: number('context_length'),
    width,
    layers: number('block_count'),
    heads,
    mlpWidth: number('feed_forward_length'),
    eosTokenId,
    padTokenId,
    bosTokenId,
  }
  let config: TransformerConfig
  if (!family)
    config = { architecture: 'gpt2', ...common, normEpsilon: number('attention.layer_norm_epsilon') }
  else {
    if (optional('expert_count'))
      throw unsupported(`${architecture}.expert_count ${optional('expert_count')}`)
    const headDim = optional('attention.key_length') ?? width / heads
    for (const key of ['attention.value_length', 'rope.dimension_count'])
      if ((optional(key) ?? headDim) !== headDim)
        throw unsupported(`${architecture}.${key} ${optional(key)} with heads of ${headDim}`)
    const ropeTheta = optional('rope.freq_base') ?? 10_000
    const ropeScaling = scaling(file, { architecture, headDim, ropeTheta, optional, unsupported })
    const has = (part: string) => tensors.has(`blk.0.${part}`)
    config = {
      architecture: 'llama',
      family,
      ...common,
      maxPositions: Math.min(
        common.maxPositions,
        optional('attention.sliding_window') ?? common.maxPositions,
      ),
      normEpsilon: number('attention.layer_norm_rms_epsilon'),
      keyValueHeads: optional('attention.head_count_kv') ?? heads,
      headDim,
      ropeTheta,
      ...(ropeScaling && { ropeScaling }),
      ...(has('attn_q.bias') && { attentionBias: true }),
      ...(has('attn_output.bias') && { outputBias: true }),
      ...(has('ffn_up.bias') && { mlpBias: true }),
      ...(has('attn_q_norm.weight') && { queryKeyNorm: true }),
      tiedEmbeddings: !tensors.has('output.weight'),
    } satisfies LlamaConfig
  }
  checkConfig(config)
  return config
}

interface ScalingSource {
  architecture: string
  headDim: number
  ropeTheta: number
  optional: (key: string) => number | undefined
  unsupported: (what: string) => WhetstoneError
}

function scaling(
  file: GgufFile,
  { architecture, headDim, ropeTheta, optional, unsupported }: ScalingSource,
): RopeScaling | undefined {
  if (file.tensors.has('rope_freqs.weight')) {
    // llama.cpp's converter writes what Llama 3's scaling divides each frequency by; the numbers behind it are those of all Llamas 3.1 … 3.3.
    const factors = file.read('rope_freqs.weight')
    const guess = {
      ...{ type: 'llama3' as const, factor: Math.max(...factors), lowFrequencyFactor: 1 },
      ...{ highFrequencyFactor: 4, originalMaxPositions: 8192 },
    }
    const expected = llama3Factors(guess, headDim, ropeTheta)
    if (
      expected.length === factors.length &&
      expected.every((value, i) => Math.abs(value / factors[i]! - 1) < 1e-4)
    )
      return guess
    throw unsupported("rope_freqs.weight that are not those of Llama 3's scaling")
  }
  const type = file.metadata[`${architecture}.rope.scaling.type`] ?? 'none'
  const factor = optional('rope.scaling.factor') ?? optional('rope.scale_linear')
  if (type === 'none') return undefined
  if (factor === undefined) throw unsupported(`rope.scaling.type ${JSON.stringify(type)} without a factor`)
  if (type === 'linear') return { type, factor }
  const originalMaxPositions = optional('rope.scaling.original_context_length')
  if (type === 'yarn' && originalMaxPositions)
    return { type, factor, originalMaxPositions, betaFast: 32, betaSlow: 1 }
  throw unsupported(`rope.scaling.type ${JSON.stringify(type)}`)
}

/** By what Llama 3's scaling divides each of the headDim / 2 frequencies; see transformers' _compute_llama3_parameters. */
function llama3Factors(
  scaling: Extract<RopeScaling, { type: 'llama3' }>,
  headDim: number,
  ropeTheta: number,
): number[] {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions } = scaling
  return Array.from({ length: headDim / 2 }, (_, i) => {
    const turns = originalMaxPositions / (2 * Math.PI * ropeTheta ** ((2 * i) / headDim))
    if (turns > high) return 1
    if (turns < low) return factor
    const smooth = (turns - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)
  })
}

/** The shortest decimal with the same float32: metadata are float32, and 9.999999747378752e-6 was 1e-5. */
function rounded(value: number): number {
  if (Number.isInteger(value)) return value
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === Math.fround(value)) return short
  }
  return value
}
