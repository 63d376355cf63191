import { WhetstoneError } from '#trainer/errors.ts'
import type { TokenizerConfig, TokenizerJson } from '#trainer/text/tokenizer-files.ts'

type Part = Record<string, unknown>

const byteLevel = (use_regex: boolean): Part => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
})
const sequence = (...pretokenizers: Part[]): Part => ({ type: 'Sequence', pretokenizers })
const split = (Regex: string): Part =>
  sequence({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }, byteLevel(false))
const digits: Part = { type: 'Digits', individual_digits: true }
/** Of tiktoken's cl100k_base, with `numbers` as given. */
const words = (numbers: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`

interface PreTokenizer {
  splits: Part
  normalizer?: Part
  /** A word that is a token as it stands is not put together of merges. */
  ignoreMerges?: boolean
}

/** By the names of tokenizer.ggml.pre: llama.cpp's llama_vocab::impl::load, with the splits of those models' own tokenizer.json. */
const preTokenizers: Record<string, PreTokenizer> = {
  'gpt-2': { splits: byteLevel(true) },
  smollm: { splits: sequence(digits, byteLevel(true)) },
  starcoder: { splits: sequence(digits, byteLevel(true)) },
  refact: { splits: sequence(digits, byteLevel(true)) },
  'llama-bpe': { splits: split(words('\\p{N}{1,3}')), ignoreMerges: true },
  qwen2: { splits: split(words('\\p{N}')), normalizer: { type: 'NFC' } },
}

/** GGUF's types of token. */
const types = { control: 3, userDefined: 4, unused: 5 }

/**
 * tokenizer.json and tokenizer_config.json of a GGUF file's tokenizer.ggml.*: byte-level BPE with the splits of its
 * tokenizer.ggml.pre, and its chat template; `ends` are all the tokens that the file says end a text. Throws MODEL_UNSUPPORTED, GGUF_INVALID.
 */
export function tokenizerFromGguf(
  path: string,
  metadata: Record<string, unknown>,
): { json: TokenizerJson; config: TokenizerConfig; ends: number[] } {
  const field = (name: string) => metadata[`tokenizer.ggml.${name}`]
  if (field('model') !== 'gpt2')
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `${path} has tokenizer.ggml.model ${JSON.stringify(field('model'))}; read is byte-level BPE ("gpt2")`,
      'take the model from the hub in Hugging Face form',
    )
  const pre = String(field('pre') ?? 'gpt-2')
  const preTokenizer = preTokenizers[pre]
  if (!preTokenizer)
    throw new WhetstoneError(
      'MODEL_UNSUPPORTED',
      `${path} has tokenizer.ggml.pre ${JSON.stringify(pre)}; read are ${Object.keys(preTokenizers).join(', ')}`,
      'take the model from the hub in Hugging Face form',
    )
  const tokens = list<string>(path, 'tokens', field('tokens'))
  const kinds = list<number>(path, 'token_type', field('token_type'))
  const merges = list<string>(path, 'merges', field('merges')).map((merge) => {
    // A token may begin with a space in no byte-level vocabulary, so the first one behind a character parts the two.
    const gap = merge.indexOf(' ', 1)
    return [merge.slice(0, gap), merge.slice(gap + 1)]
  })
  const used = Array.from(tokens.entries()).filter(([id]) => kinds[id] !== types.unused)
  const added = used.filter(([id]) => kinds[id] === types.control || kinds[id] === types.userDefined)
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false }
  const named = (key: string) => {
    const id = field(key)
    return typeof id === 'number' ? tokens[id] : undefined
  }
  const bos = named('bos_token_id')
  // llama.cpp's default for these splits, for files of before the key.
  const addsBos = field('add_bos_token') ?? pre === 'llama-bpe'
  const json: TokenizerJson = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added.map(([id, content]) => ({
      id,
      content,
      ...flags,
      special: kinds[id] === types.control,
    })),
    normalizer: preTokenizer.normalizer ?? null,
    pre_tokenizer: preTokenizer.splits,
    post_processor: addsBos === true && bos !== undefined ? beginsWith(bos, tokens.indexOf(bos)) : null,
    decoder: byteLevel(true),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: preTokenizer.ignoreMerges ?? false,
      vocab: Object.fromEntries(used.map(([id, token]) => [token, id])),
      merges,
    },
  }
  const template = metadata['tokenizer.chat_template']
  const config: TokenizerConfig = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    bos_token: bos ?? null,
    eos_token: named('eos_token_id') ?? null,
    unk_token: named('unknown_token_id') ?? null,
    pad_token: named('padding_token_id') ?? null,
    ...(typeof template === 'string' && { chat_template: template }),
  }
  const ends = ['eos_token_id', 'eot_token_id', 'eom_token_id']
    .map(field)
    .filter((id) => typeof id === 'number')
  return { json, config, ends: [...new Set(ends)] }
}

function list<T>(path: string, name: string, value: unknown): T[] {
  if (Array.isArray(value)) return value as T[]
  throw new WhetstoneError(
    'GGUF_INVALID',
    `${path} has no list tokenizer.ggml.${name}`,
    'convert the model again',
  )
}

/** The post-processor that puts a token before every text. */
function beginsWith(token: string, id: number): Part {
  const first = { SpecialToken: { id: token, type_id: 0 } }
  const text = (name: string, type_id: number) => ({ Sequence: { id: name, type_id } })
  return {
    type: 'TemplateProcessing',
    single: [first, text('A', 0)],
    pair: [first, text('A', 0), first, text('B', 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  }
}
