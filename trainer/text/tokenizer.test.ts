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

  it('refuses padding that is EOS or missing, and an EOS that is no token', () => {
    const make = (changes: TokenizerConfig) => () => makeTokenizer(json, { ...config, ...changes })
    expect(make({ pad_token: specialTokens.end })).toThrow(expect.objectContaining({ code: 'PAD_IS_EOS' }))
    expect(make({ pad_token: null })).toThrow(expect.objectContaining({ code: 'PAD_IS_EOS' }))
    expect(make({ eos_token: '</s>' })).toThrow(expect.objectContaining({ code: 'TOKENIZER_WITHOUT_EOS' }))
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
