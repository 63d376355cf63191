import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tinyConfigs } from '#trainer/nn/checks.ts'
import type { LlamaConfig } from '#trainer/nn/llama.ts'
import { configFromHuggingFace, configToHuggingFace } from './model-config.ts'

const tokens = { eosTokenId: 2, padTokenId: 0, bosTokenId: 1 }
const read = (hf: Record<string, unknown>) => configFromHuggingFace(hf, tokens, 'here')

/** A Llama 3.2 of 1 B, as its config.json stands on the hub (transformers 4). */
const llama32 = {
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  tie_word_embeddings: true,
  vocab_size: 128256,
}
/** The sizes that the others share. */
const { rope_scaling: _, rope_theta: __, attention_bias: ___, mlp_bias: ____, ...plain } = llama32

describe("a Llama family's config.json", () => {
  it('is read in the names of transformers 4 and of transformers 5 alike', () => {
    const expected: LlamaConfig = {
      architecture: 'llama',
      family: 'llama',
      vocabSize: 128256,
      maxPositions: 131072,
      width: 2048,
      layers: 16,
      heads: 32,
      keyValueHeads: 8,
      headDim: 64,
      mlpWidth: 8192,
      normEpsilon: 1e-5,
      ropeTheta: 500000,
      ropeScaling: {
        type: 'llama3',
        factor: 32,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalMaxPositions: 8192,
      },
      tiedEmbeddings: true,
      ...tokens,
    }
    expect(read(llama32)).toEqual({ config: expected, notes: [] })
    const { rope_scaling, rope_theta, ...rest } = llama32
    expect(read({ ...rest, rope_parameters: { ...rope_scaling, rope_theta } }).config).toEqual(expected)
  })

  it('says which biases and norms a family has', () => {
    const own = (changes: Record<string, unknown>) => {
      const { config } = read({ ...plain, ...changes })
      const { attentionBias, outputBias, mlpBias, queryKeyNorm } = config as LlamaConfig
      return { attentionBias, outputBias, mlpBias, queryKeyNorm }
    }
    expect(own({ model_type: 'qwen2' })).toEqual({ attentionBias: true })
    expect(own({ model_type: 'qwen3' })).toEqual({ queryKeyNorm: true })
    expect(own({ attention_bias: true, mlp_bias: true })).toEqual({
      attentionBias: true,
      outputBias: true,
      mlpBias: true,
    })
    expect(own({ model_type: 'mistral', sliding_window: null })).toEqual({})
  })

  it('fills what is left out as its class does', () => {
    const { head_dim: _, num_key_value_heads: __, tie_word_embeddings: ___, ...bare } = plain
    expect(read({ ...bare, hidden_size: 4096 }).config).toMatchObject({
      ...{ headDim: 128, keyValueHeads: 32, ropeTheta: 10000, tiedEmbeddings: false },
    })
    expect(read({ ...bare, model_type: 'qwen3' }).config).toMatchObject({ headDim: 128 })
  })

  it('limits the context to a sliding window and says so', () => {
    const mistral = { ...plain, model_type: 'mistral', sliding_window: 4096 }
    const { config, notes } = read(mistral)
    expect(config.maxPositions).toBe(4096)
    expect(notes).toEqual([expect.stringContaining('4096 of 131072 positions')])
    expect(read({ ...mistral, model_type: 'qwen2' }).config.maxPositions).toBe(131072)
    const used = { ...mistral, model_type: 'qwen2', use_sliding_window: true, max_window_layers: 15 }
    expect(read(used).config.maxPositions).toBe(4096)
    expect(read({ ...used, max_window_layers: 16 }).config.maxPositions).toBe(131072)
  })

  it('reads YaRN with its defaults, and the scale that DeepSeek derives', () => {
    const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32768 }
    const scaling = (changes: object) =>
      (read({ ...plain, rope_scaling: { ...yarn, ...changes } }).config as LlamaConfig).ropeScaling
    expect(scaling({})).toEqual({
      type: 'yarn',
      factor: 4,
      originalMaxPositions: 32768,
      betaFast: 32,
      betaSlow: 1,
    })
    // (0.1·2·ln 4 + 1) / (0.1·1·ln 4 + 1)
    expect(scaling({ mscale: 2, mscale_all_dim: 1 })).toMatchObject({
      attentionFactor: (0.2 * Math.log(4) + 1) / (0.1 * Math.log(4) + 1),
    })
  })

  it.each([
    [{ hidden_act: 'gelu' }, 'hidden_act "gelu"'],
    [{ rope_scaling: { rope_type: 'dynamic', factor: 2 } }, 'rope_type "dynamic"'],
    [{ rope_scaling: { type: 'longrope' } }, 'rope_type "longrope"'],
    [{ rope_parameters: { rope_type: 'llama3' } }, 'rope_type "llama3" without factor'],
    [{ rope_parameters: { full_attention: { rope_theta: 1 } } }, 'for each type of layer'],
    [{ rope_scaling: { type: 'yarn', truncate: false } }, 'truncate false'],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor 0.5'],
    [{ quantization_config: { quant_method: 'gptq' } }, 'quantization_config'],
    [{ model_type: 'gemma2' }, 'model_type "gemma2"'],
  ])('refuses %o by its name', (changes, message) => {
    expect(() => read({ ...plain, ...changes })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining(message) }),
    )
  })

  it('names a field that is missing or of another type', () => {
    expect(() => read({ ...plain, hidden_size: undefined })).toThrow(
      /hidden_size undefined, expected an integer/,
    )
    expect(() => read({ ...plain, tie_word_embeddings: 'yes' })).toThrow(/tie_word_embeddings "yes"/)
  })

  it('gives back every configuration that it can write', () => {
    const factor = fc.integer({ min: 2, max: 40 })
    const low = fc.integer({ min: 1, max: 4 })
    const high = fc.integer({ min: 5, max: 40 })
    const ropeScaling: fc.Arbitrary<LlamaConfig['ropeScaling']> = fc.oneof(
      fc.constant(undefined),
      fc.record({ type: fc.constant('linear' as const), factor }),
      fc.record({
        type: fc.constant('llama3' as const),
        factor,
        lowFrequencyFactor: low,
        highFrequencyFactor: high,
        originalMaxPositions: factor,
      }),
      fc.record(
        {
          type: fc.constant('yarn' as const),
          factor,
          originalMaxPositions: factor,
          betaFast: high,
          betaSlow: low,
          attentionFactor: fc.constant(1.5),
        },
        { requiredKeys: ['type', 'factor', 'originalMaxPositions', 'betaFast', 'betaSlow'] },
      ),
    )
    const family = fc.constantFrom(
      { family: 'llama' as const },
      { family: 'llama' as const, attentionBias: true, outputBias: true, mlpBias: true },
      { family: 'mistral' as const },
      { family: 'qwen2' as const, attentionBias: true },
      { family: 'qwen3' as const, queryKeyNorm: true },
    )
    const [, [, tiny]] = tinyConfigs as [unknown, [string, LlamaConfig]]
    fc.assert(
      fc.property(family, ropeScaling, fc.boolean(), (own, scaling, tiedEmbeddings) => {
        const config = {
          ...tiny,
          ...tokens,
          ...own,
          ...(scaling && { ropeScaling: scaling }),
          tiedEmbeddings,
        }
        const hf = JSON.parse(JSON.stringify(configToHuggingFace(config, 'policy', { precision: 'fp32' })))
        expect(read(hf)).toEqual({ config, notes: [] })
      }),
    )
  })

  it('is not written for a mixture that no family has', () => {
    const [, [, tiny]] = tinyConfigs as [unknown, [string, LlamaConfig]]
    expect(() =>
      configToHuggingFace({ ...tiny, family: 'mistral', mlpBias: true }, 'policy', { precision: 'fp32' }),
    ).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringContaining('no mistral has'),
      }),
    )
  })
})
