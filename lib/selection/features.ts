/** How many numbers stand for a text. */
export const featureCount = 256

/**
 * A text as `featureCount` numbers of length 1, near to those of texts with the same words: each word and each two neighbouring words
 * adds its sign to the place that its hash names. Letters' case does not matter; each ideograph and kana is a word. A text without
 * words is all zeros.
 * Source: Weinberger et al. 2009, Feature hashing for large scale multitask learning.
 */
export function textFeatures(text: string): Float32Array {
  const features = new Float32Array(featureCount)
  let before = start
  for (const [word] of text.toLowerCase().matchAll(words)) {
    const own = hashOf(word, basis)
    add(features, own)
    if (before !== start) add(features, hashOf(word, before))
    before = own
  }
  let squares = 0
  for (const value of features) squares += value * value
  if (squares > 0) for (let i = 0; i < featureCount; i++) features[i]! /= Math.sqrt(squares)
  return features
}

const words =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}])+/gu

/** 32-bit FNV-1a's offset basis. */
const basis = 0x811c9dc5
const start = -1

/** 32-bit FNV-1a over UTF-16 units, begun at `state`. */
function hashOf(word: string, state: number): number {
  let hash = state
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Adds ±1 by the top bit of the hash at the place that its lower ones name, after mixing (MurmurHash3's last steps). */
function add(features: Float32Array, hash: number): void {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  mixed ^= mixed >>> 16
  features[mixed & (featureCount - 1)]! += mixed < 0 ? -1 : 1
}
