import { WhetstoneError } from '#trainer/errors.ts'
import { checkConfig, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { gpt2FromHuggingFace, gpt2ToHuggingFace } from './config-gpt2.ts'
import { llamaFamilies, llamaFromHuggingFace, llamaToHuggingFace } from './config-llama.ts'
import type { ConfigReader, ModelKind, Precision, SpecialTokens } from './config-reader.ts'

/**
 * The configuration that a Hugging Face config.json describes, and what a person should know of how it was read: GPT-2 and the Llama
 * family (Llama, Mistral, Qwen 2 and 3). What would be computed in another way is refused by its name.
 * Throws MODEL_UNSUPPORTED, MODEL_INVALID, INVALID_MODEL_SHAPE.
 */
export function configFromHuggingFace(
  hf: Record<string, unknown>,
  tokens: SpecialTokens,
  folder: string,
): { config: TransformerConfig; notes: string[] } {
  const reader = readerOf(hf, `${folder}/config.json`)
  const type = hf.model_type
  if (hf.quantization_config != null) throw reader.unsupported('quantization_config (weights in packed form)')
  const notes: string[] = []
  let config: TransformerConfig
  if (type === 'gpt2') config = gpt2FromHuggingFace(reader, tokens)
  else {
    const family = llamaFamilies.find((name) => name === type)
    if (!family) throw reader.unsupported(`model_type ${JSON.stringify(type)}`)
    config = llamaFromHuggingFace(family, reader, tokens, notes)
  }
  checkConfig(config)
  return { config, notes }
}

/** What config.json holds for a model of that kind, `labels` the number of a reward model's heads. Throws MODEL_UNSUPPORTED. */
export function configToHuggingFace(
  config: TransformerConfig,
  kind: ModelKind,
  { precision, labels = 1 }: { precision: Precision; labels?: number },
): Record<string, unknown> {
  const own =
    config.architecture === 'gpt2' ? gpt2ToHuggingFace(config, kind) : llamaToHuggingFace(config, kind)
  const names = Array.from({ length: labels }, (_, label) => `LABEL_${label}`)
  return {
    ...own,
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenId,
    pad_token_id: config.padTokenId,
    torch_dtype: { fp32: 'float32', bf16: 'bfloat16', fp16: 'float16' }[precision],
    use_cache: true,
    ...(kind !== 'policy' && {
      num_labels: labels,
      id2label: Object.fromEntries(names.entries()),
      label2id: Object.fromEntries(names.map((name, label) => [name, label])),
    }),
  }
}

function readerOf(hf: Record<string, unknown>, path: string): ConfigReader {
  const read = <T>(
    key: string,
    byDefault: T | undefined,
    what: string,
    is: (value: unknown) => boolean,
  ): T => {
    const value = hf[key] ?? byDefault
    if (is(value)) return value as T
    throw new WhetstoneError(
      'MODEL_INVALID',
      `${path} has ${key} ${JSON.stringify(hf[key])}, expected ${what}`,
      'export the model again with save_pretrained',
    )
  }
  return {
    hf,
    integer: (key, byDefault) => read(key, byDefault, 'an integer', Number.isInteger),
    number: (key, byDefault) => read(key, byDefault, 'a number', Number.isFinite),
    flag: (key, byDefault) => read(key, byDefault, 'true or false', (value) => typeof value === 'boolean'),
    unsupported: (what) =>
      new WhetstoneError(
        'MODEL_UNSUPPORTED',
        `${path} has ${what}`,
        `use a model of model_type gpt2, ${llamaFamilies.join(', ')} without it; see docs/models.md`,
      ),
  }
}
