import { diffArrays, diffWordsWithSpace } from 'diff'

/** Share of words in common below which marking everything would only be noise. */
const leastInCommon = 0.2
/** Longer texts (words) and slower comparisons (ms) are not marked: the page must stay quick. */
const mostWords = 30_000
const longestTime = 150

/** A word, or one sign, and where it stands. */
export interface Word {
  text: string
  start: number
  end: number
}

/** The words and signs of a text; spaces only part them. */
export function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }))
}

/**
 * For each word whether the other text lacks it at that place; null when the two share too little, or are too long, to
 * mark anything.
 */
export function newWords(words: readonly string[], other: readonly string[]): boolean[] | null {
  if (Math.max(words.length, other.length) > mostWords) return null
  const parts = diffArrays([...other], [...words], { timeout: longestTime })
  if (!parts) return null
  const common = parts.reduce((sum, part) => (part.added || part.removed ? sum : sum + part.value.length), 0)
  if (common < leastInCommon * Math.max(words.length, other.length, 1)) return null
  return parts.flatMap((part) => (part.removed ? [] : part.value.map(() => part.added)))
}

/** A piece of two texts: of both, or of one only. */
export interface Piece {
  text: string
  kind: 'same' | 'removed' | 'added'
}

/** What was taken from a text and what was put in, word by word; null when it takes too long to tell. */
export function changesBetween(before: string, after: string): Piece[] | null {
  const parts = diffWordsWithSpace(before, after, { timeout: longestTime })
  return (
    parts?.map(({ value, added, removed }) => ({
      text: value,
      kind: added ? 'added' : removed ? 'removed' : 'same',
    })) ?? null
  )
}
