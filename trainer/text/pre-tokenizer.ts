import type { TokenizerJson } from './tokenizer-files.ts'

type Part = Record<string, unknown>

const isolated = (Regex: string): Part => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
})
/** GPT-2's, which ByteLevel applies by itself where use_regex is not false. */
const gpt2Words = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/**
 * tokenizer.json with what @huggingface/tokenizers 0.2.0 computes otherwise than the Rust library said as Splits, which are equal:
 * its Digits knows ASCII's alone, where Rust's takes every Unicode number apart, and its ByteLevel takes U+FEFF for a space and U+0085 for none.
 */
export function withExactSplits(json: TokenizerJson): TokenizerJson {
  return { ...json, pre_tokenizer: rewrite(json.pre_tokenizer as Part | null) }
}

function rewrite(part: Part | null | undefined): Part | null {
  if (!part) return null
  if (part.type === 'Sequence') return { ...part, pretokenizers: (part.pretokenizers as Part[]).map(rewrite) }
  if (part.type === 'Digits') return isolated(part.individual_digits ? '\\p{N}' : '\\p{N}+')
  // A space that it puts first would have to stand before the words are split.
  if (part.type === 'ByteLevel' && part.use_regex !== false && part.add_prefix_space === false)
    return { type: 'Sequence', pretokenizers: [isolated(gpt2Words), { ...part, use_regex: false }] }
  return part
}
