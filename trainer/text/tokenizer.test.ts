import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { specialTokens, trainBpe } from './bpe.ts'
import { defaultChatTemplate } from './chat.ts'
import { makeTokenizer } from './tokenizer.ts'
import type { TokenizerConfig } from './tokenizer-files.ts'

const texts = [
  'Hello, my order 4711 has not arrived yet. Could you please help me?',
  "I'm sorry to hear that! We'll look into your order and write to you today.",
  'The parcel is late, the parcel is lost, the parcel is here.',
]
const json = trainBpe(texts, 280)
const config: TokenizerConfig = {
  eos_token: specialTokens.end,
  pad_token: specialTokens.pad,
  chat_template: defaultChatTemplate,
}
const tokenizer = makeTokenizer(json, config)
const specials = Object.values(specialTokens)

describe('byte-level BPE', () => {
  it('merges the most frequent pairs first, ties by the older tokens', () => {
    // Words: "ab" twice, "abc" once (each with its space): a+b occurs 3 times; then Ġ+ab 2 times, ab alone once.
    const trained = trainBpe(['ab ab abc'], 263)
    expect(trained.model.merges).toEqual([
      ['a', 'b'],
      ['Ġ', 'ab'],
    ])
  })

  it('is deterministic and puts the special tokens first', () => {
    expect(trainBpe(texts, 280)).toEqual(json)
    expect(specials.map((token) => tokenizer.tokenId(token))).toEqual([0, 1, 2, 3, 4])
    expect(tokenizer.vocabSize).toBe(280)
  })

  it('stops when no pair is left that occurs twice, and refuses a vocabulary without all bytes', () => {
    expect(Object.keys(trainBpe(['ab'], 1000).model.vocab)).toHaveLength(261)
    expect(() => trainBpe(texts, 260)).toThrow(/260.*261/)
  })
})

describe('the tokenizer', () => {
  it('gives back any Unicode text exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
      }),
      { numRuns: 300 },
    )
    for (const text of ['  two  spaces ', '\n\n', " don't .", '🎉👩‍👩‍👧', 'e\u0301', '']) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
    }
  })

  it('takes the text of special tokens in a user’s text for text', () => {
    const part = fc.oneof(
      fc.constantFrom(...specials, '<|', '|>', 'end'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const text = parts.join('')
        expect(tokenizer.encode(text).some(tokenizer.isSpecial)).toBe(false)
        const prompt = tokenizer.encodePrompt(text)
        expect(prompt.filter(tokenizer.isSpecial)).toEqual([3, 1, 4])
        expect(tokenizer.decode(prompt)).toBe(text)
      }),
    )
  })

  it('renders messages by the chat template, a string as one user turn', () => {
    expect(tokenizer.renderPrompt('Hi')).toBe('<|user|>Hi<|end|><|assistant|>')
    const messages = [
      { role: 'system' as const, content: 'Be kind.' },
      { role: 'user' as const, content: 'Hi <|end|>' },
    ]
    expect(tokenizer.renderPrompt(messages)).toBe(
      '<|system|>Be kind.<|end|><|user|>Hi <|end|><|end|><|assistant|>',
    )
    expect(tokenizer.decode(tokenizer.encodePrompt(messages), { keepSpecialTokens: true })).toBe(
      tokenizer.renderPrompt(messages),
    )
  })

  it('refuses a prompt that is too long, naming both lengths', () => {
    const length = tokenizer.encodePrompt(texts[0]!).length
    expect(() => tokenizer.encodePrompt(texts[0]!, { maxTokens: length - 1 })).toThrow(
      expect.objectContaining({
        code: 'PROMPT_TOO_LONG',
        message: `the prompt has ${length} tokens, at most ${length - 1} fit`,
      }),
    )
    expect(tokenizer.encodePrompt(texts[0]!, { maxTokens: length })).toHaveLength(length)
  })

  it('refuses an EOS that is no token', () => {
    expect(() => makeTokenizer(json, { ...config, eos_token: '</s>' })).toThrow(
      expect.objectContaining({ code: 'TOKENIZER_WITHOUT_EOS' }),
    )
  })

  it('pads with a token of its own where the files name EOS or none', () => {
    const padOf = (changes: TokenizerConfig, added = json.added_tokens) => {
      const made = makeTokenizer({ ...json, added_tokens: added }, { ...config, ...changes })
      return made.decode([made.padTokenId], { keepSpecialTokens: true })
    }
    expect(padOf({ pad_token: specialTokens.end })).toBe('<|pad|>')
    expect(padOf({ pad_token: null })).toBe('<|pad|>')
    const without = (...contents: string[]) =>
      json.added_tokens.filter(({ content }) => !contents.includes(content))
    // Without a template every other special token is free; one that the template writes is not.
    const none = { pad_token: null, chat_template: undefined }
    expect(padOf(none, without('<|pad|>'))).toBe('<|system|>')
    const user = { pad_token: null, chat_template: "{{ '<|system|>' + messages[0].content }}" }
    expect(padOf(user, without('<|pad|>'))).toBe('<|user|>')
    // A GPT-2's only special token is EOS: the byte 0xFF is left, which alone is no character.
    const end = json.added_tokens.filter(({ content }) => content === specialTokens.end)
    const bare = makeTokenizer({ ...json, added_tokens: end }, { ...config, ...none })
    expect(bare.padTokenId).toBe(bare.tokenId('ÿ'))
    expect(bare.encode('ÿ').includes(bare.padTokenId)).toBe(false)
    // Its files stay as they were: named as special, the text of the stand-in would become padding.
    expect(bare.config.pad_token).toBe(null)
  })

  it('takes a vocabulary of 152,000 tokens and a prompt of 180,000', () => {
    const more = Array.from({ length: 152_000 - 280 }, (_, i): [string, number] => [`more${i}`, 280 + i])
    const vocab = { ...json.model.vocab, ...Object.fromEntries(more) }
    const large = makeTokenizer({ ...json, model: { ...json.model, vocab } }, config)
    expect(large.vocabSize).toBe(152_000)
    // Words of one byte each: no merges.
    expect(large.encodePrompt('1 '.repeat(90_000))).toHaveLength(180_000 + 3)
  })

  it('refuses a vocabulary with no token to pad with', () => {
    const words = { type: 'BPE', vocab: { a: 0, '<|end|>': 1 }, merges: [] }
    const end = [{ id: 1, content: '<|end|>', special: true }]
    const bare = { ...json, added_tokens: end, model: { ...json.model, ...words } }
    expect(() => makeTokenizer(bare, { eos_token: '<|end|>', pad_token: '<|end|>' })).toThrow(
      expect.objectContaining({ code: 'PAD_IS_EOS' }),
    )
  })

  it('gives templates what transformers gives them, and a day that does not pass', () => {
    const source =
      "{%- for i in range(1, 4) -%}{{ i }}{%- endfor -%}{{ 'a' if none is none }}{{ strftime_now('%d %b %Y, %A') }}{{ 'b' if strftime_then is defined }}"
    const made = makeTokenizer(json, { ...config, chat_template: source })
    expect(made.renderPrompt('Hi')).toBe('123a26 Jul 2024, Friday')
  })

  it('begins a plain prompt with BOS where the tokenizer does', () => {
    const [pad] = json.added_tokens
    const single = [{ SpecialToken: { id: pad!.content, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }]
    const special_tokens = { [pad!.content]: { id: pad!.content, ids: [pad!.id], tokens: [pad!.content] } }
    const post_processor = { type: 'TemplateProcessing', single, pair: single, special_tokens }
    const names = { bos_token: pad!.content, pad_token: '<|system|>' }
    const made = (chat_template?: string) =>
      makeTokenizer({ ...json, post_processor }, { ...config, ...names, chat_template })
    expect(made().encodePrompt('a')).toEqual([pad!.id, ...tokenizer.encode('a')])
    expect(made(defaultChatTemplate).encodePrompt('a')).toEqual(tokenizer.encodePrompt('a'))
    expect(tokenizer.encode('a')).toEqual(made().encode('a'))
  })

  it('takes plain prompts but no conversation without a chat template, and reports a template that fails', () => {
    const bare = makeTokenizer(json, { ...config, chat_template: undefined })
    expect(bare.renderPrompt('Hi')).toBe('Hi')
    const messages = [{ role: 'system' as const, content: 'a' }]
    expect(() => bare.encodePrompt(messages)).toThrow(
      expect.objectContaining({ code: 'CHAT_TEMPLATE_FAILED' }),
    )
    const failing = makeTokenizer(json, {
      ...config,
      chat_template: "{{ raise_exception('no system role') }}",
    })
    expect(() => failing.encodePrompt('Hi')).toThrow(/no system role/)
  })

  it('ends a completion with EOS and shows each token’s text', () => {
    const tokens = tokenizer.encodeCompletion('The parcel')
    expect(tokens.at(-1)).toBe(tokenizer.eosTokenId)
    expect(tokenizer.pieces(tokens).join('')).toBe('The parcel<|end|>')
  })
})
