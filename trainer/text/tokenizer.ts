import { Tokenizer as Core } from '@huggingface/tokenizers'
import { WhetstoneError } from '#trainer/errors.ts'
import { chatTemplate, type Prompt, renderPrompt } from './chat.ts'
import { withExactSplits } from './pre-tokenizer.ts'
import { specialRoles } from './roles.ts'
import type { TokenizerConfig, TokenizerJson } from './tokenizer-files.ts'

export interface Tokenizer {
  /** Plain text: the text of a special token in it stays text. */
  encode(text: string): number[]
  /** The text of the tokens; special tokens are left out unless asked for. */
  decode(tokens: ArrayLike<number>, options?: { keepSpecialTokens?: boolean }): string
  /** The text of each token alone; bytes of an unfinished character show as U+FFFD. */
  pieces(tokens: ArrayLike<number>): string[]
  /**
   * A prompt by the chat template with the generation prompt, never cut. Throws PROMPT_TOO_LONG when it has more
   * than `maxTokens` tokens.
   */
  encodePrompt(prompt: Prompt, options?: { maxTokens?: number }): number[]
  /** The prompt as the model sees it. */
  renderPrompt(prompt: Prompt): string
  /** A completion with EOS behind it, as supervised training wants it. */
  encodeCompletion(text: string): number[]
  tokenId(token: string): number | undefined
  isSpecial(token: number): boolean
  /** The largest token id + 1. */
  readonly vocabSize: number
  readonly eosTokenId: number
  /** Never EOS. */
  readonly padTokenId: number
  readonly bosTokenId: number | null
  /** What tokenizer.json and tokenizer_config.json hold. */
  readonly json: TokenizerJson
  readonly config: TokenizerConfig
}

/**
 * A tokenizer from the contents of tokenizer.json and tokenizer_config.json. Throws TOKENIZER_INVALID,
 * TOKENIZER_WITHOUT_EOS, PAD_IS_EOS.
 */
export function makeTokenizer(json: TokenizerJson, config: TokenizerConfig): Tokenizer {
  const special = (json.added_tokens ?? []).filter((token) => token.special)
  const specialIds = new Map(special.map((token) => [token.content, token.id]))
  const isSpecialId = new Set(special.map((token) => token.id))
  const core = load(json, config)
  // Without the special tokens it takes their text for text.
  const plain = load(
    { ...json, added_tokens: (json.added_tokens ?? []).filter((token) => !token.special) },
    config,
  )

  const { eosTokenId, padTokenId, bosTokenId } = specialRoles(config, {
    idOf: (token) => core.token_to_id(token),
    special: specialIds,
    template: chatTemplate(config),
  })
  // Where no template writes it, the token that the tokenizer puts before every text.
  const begin = core.encode('', { add_special_tokens: true }).ids.map(Number)
  const prefix = chatTemplate(config) === undefined && begin[0] === bosTokenId ? begin.slice(0, 1) : []
  // A spread of so many arguments would overflow the stack.
  let vocabSize = 0
  for (const id of core.get_vocab(true).values()) vocabSize = Math.max(vocabSize, id + 1)
  const splitter = specialSplitter([...specialIds.keys()])

  const encode = (text: string) =>
    text === '' ? [] : plain.encode(text, { add_special_tokens: false }).ids.map(Number)
  const decodeAll = (ids: number[]) =>
    ids.length === 0
      ? ''
      : core.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false })

  const encodePrompt: Tokenizer['encodePrompt'] = (prompt, { maxTokens = Infinity } = {}) => {
    const { text, shield } = renderPrompt(prompt, config, [...specialIds.keys()])
    const ids = [...prefix]
    for (const part of splitter ? text.split(splitter) : [text]) {
      const id = specialIds.get(part)
      if (id !== undefined) ids.push(id)
      else for (const id of encode(part.replaceAll(shield, ''))) ids.push(id)
    }
    if (ids.length > maxTokens) {
      throw new WhetstoneError(
        'PROMPT_TOO_LONG',
        `the prompt has ${ids.length} tokens, at most ${maxTokens} fit`,
        'shorten the prompt, or use a model with more positions; prompts are never cut silently',
      )
    }
    return ids
  }

  return {
    json,
    config,
    vocabSize,
    eosTokenId,
    padTokenId,
    bosTokenId,
    encode,
    decode(tokens, { keepSpecialTokens = false } = {}) {
      const ids = Array.from(tokens)
      return decodeAll(keepSpecialTokens ? ids : ids.filter((id) => !isSpecialId.has(id)))
    },
    pieces: (tokens) => Array.from(tokens, (id) => decodeAll([id])),
    encodePrompt,
    renderPrompt(prompt) {
      const { text, shield } = renderPrompt(prompt, config, [...specialIds.keys()])
      return text.replaceAll(shield, '')
    },
    encodeCompletion: (text) => [...encode(text), eosTokenId],
    tokenId: (token) => core.token_to_id(token),
    isSpecial: (token) => isSpecialId.has(token),
  }
}

function load(json: TokenizerJson, config: TokenizerConfig): Core {
  try {
    return new Core(withExactSplits(json), config)
  } catch (error) {
    throw new WhetstoneError(
      'TOKENIZER_INVALID',
      `tokenizer.json is not readable: ${error instanceof Error ? error.message : error}`,
      'export the tokenizer again with Hugging Face tokenizers (tokenizer.json, not vocab.json and merges.txt)',
      { cause: error },
    )
  }
}

/** Splits a text into special tokens and what lies between; the longest special token wins. */
function specialSplitter(tokens: string[]): RegExp | undefined {
  if (tokens.length === 0) return undefined
  const longestFirst = tokens.toSorted((a, b) => b.length - a.length)
  return new RegExp(`(${longestFirst.map((token) => RegExp.escape(token)).join('|')})`, 'u')
}
