import { WhetstoneError } from '#trainer/errors.ts'

/** GPT-2's pre-tokeniser: contractions, words, numbers, punctuation and spaces. */
const pieces = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

export const specialTokens = {
  pad: '<|pad|>',
  end: '<|end|>',
  system: '<|system|>',
  user: '<|user|>',
  assistant: '<|assistant|>',
} as const

/** GPT-2's printable stand-in for every byte. */
export function byteAlphabet(): string[] {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++))
}

/**
 * Trains byte-level BPE (Sennrich et al. 2016; GPT-2) and returns a standard tokenizer.json: the special tokens
 * first, the 256 bytes, then the merges, by frequency; ties go to the older tokens, so the result depends on
 * the texts only. The vocabulary is smaller than asked when no pair is left that occurs twice.
 * Throws VOCABULARY_TOO_SMALL.
 */
export function trainBpe(texts: Iterable<string>, vocabSize: number) {
  const specials = Object.values(specialTokens)
  const alphabet = byteAlphabet()
  const smallest = specials.length + alphabet.length
  if (vocabSize < smallest) {
    throw new WhetstoneError(
      'VOCABULARY_TOO_SMALL',
      `the vocabulary size is ${vocabSize}; the bytes and the special tokens alone are ${smallest}`,
      `choose at least ${smallest}`,
    )
  }
  const tokens: string[] = [...specials, ...alphabet]
  const merges: [string, string][] = []
  const pairs = countPairs(countWords(texts, specials.length))
  while (tokens.length < vocabSize) {
    const best = pairs.pop()
    if (!best) break
    const id = tokens.length
    merges.push([tokens[best.left]!, tokens[best.right]!])
    tokens.push(tokens[best.left]! + tokens[best.right]!)
    pairs.merge(best.left, best.right, id)
  }
  return tokenizerJson(tokens, merges)
}

interface Word {
  ids: number[]
  count: number
}

function countWords(texts: Iterable<string>, firstByteId: number): Word[] {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const [piece] of text.matchAll(pieces)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  }
  const encoder = new TextEncoder()
  return Array.from(counts, ([piece, count]) => ({
    ids: Array.from(encoder.encode(piece), (byte) => firstByteId + byte),
    count,
  }))
}

interface Candidate {
  left: number
  right: number
  count: number
}

/** The counts of all neighbouring pairs with a heap of candidates, whose stale entries are dropped when popped. */
function countPairs(words: Word[]) {
  const scale = 2 ** 26 // pairs are keyed by left · scale + right, exact in a double
  const counts = new Map<number, number>()
  const places = new Map<number, Set<number>>()
  const heap: Candidate[] = []

  const change = (word: number, left: number, right: number, by: number) => {
    const key = left * scale + right
    counts.set(key, (counts.get(key) ?? 0) + by)
    if (by > 0) {
      const at = places.get(key)
      if (at) at.add(word)
      else places.set(key, new Set([word]))
    }
    return key
  }
  const offer = (key: number) => {
    const count = counts.get(key)!
    if (count > 1) push(heap, { left: Math.floor(key / scale), right: key % scale, count })
  }
  for (const [w, { ids, count }] of words.entries()) {
    for (let i = 1; i < ids.length; i++) change(w, ids[i - 1]!, ids[i]!, count)
  }
  for (const key of counts.keys()) offer(key)

  return {
    pop(): Candidate | undefined {
      for (let top = pop(heap); top; top = pop(heap)) {
        if (counts.get(top.left * scale + top.right) === top.count) return top
      }
      return undefined
    },

    merge(left: number, right: number, id: number): void {
      const pair = left * scale + right
      const touched = new Set<number>()
      for (const w of places.get(pair) ?? []) {
        const { ids, count } = words[w]!
        const merged: number[] = []
        for (let i = 0; i < ids.length; i++) {
          if (ids[i] === left && ids[i + 1] === right) {
            merged.push(id)
            i++
          } else merged.push(ids[i]!)
        }
        if (merged.length === ids.length) continue
        for (let i = 1; i < ids.length; i++) touched.add(change(w, ids[i - 1]!, ids[i]!, -count))
        for (let i = 1; i < merged.length; i++) touched.add(change(w, merged[i - 1]!, merged[i]!, count))
        words[w]!.ids = merged
      }
      counts.delete(pair)
      places.delete(pair)
      touched.delete(pair)
      for (const key of touched) offer(key)
    },
  }
}

function before(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count
  return a.left !== b.left ? a.left < b.left : a.right < b.right
}

function push(heap: Candidate[], item: Candidate): void {
  let i = heap.push(item) - 1
  while (i > 0) {
    const parent = (i - 1) >> 1
    if (!before(item, heap[parent]!)) break
    heap[i] = heap[parent]!
    i = parent
  }
  heap[i] = item
}

function pop(heap: Candidate[]): Candidate | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (heap.length === 0 || !last) return top
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[i] = heap[child]!
    i = child
  }
  heap[i] = last
  return top
}

function tokenizerJson(tokens: string[], merges: [string, string][]) {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.values(specialTokens).map((content, id) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  }
}
