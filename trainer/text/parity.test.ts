import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { makeTokenizer } from './tokenizer.ts'
import type { TokenizerJson } from './tokenizer-files.ts'

interface Golden {
  name: string
  end: string
  json: TokenizerJson
  ids: number[][]
  /** Where the texts do not come back as they were. */
  decoded?: string[]
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
/** Contractions, spaces, numbers, emoji, many scripts, marks, controls, code. */
const texts: string[] = read('texts.json')

describe('texts of every kind of character have the ids of the Rust library', () => {
  it.each(read('tokenizers.json') as Golden[])('$name', ({ json, end, ids, decoded = texts }) => {
    const tokenizer = makeTokenizer(json, { eos_token: end })
    for (const [i, text] of texts.entries()) {
      expect({ text, ids: tokenizer.encode(text) }).toEqual({ text, ids: ids[i] })
      expect(tokenizer.decode(ids[i]!, { keepSpecialTokens: true })).toBe(decoded[i])
    }
  })
})
