import { diffWordsWithSpace } from 'diff'

export interface Segment {
  text: string
  /** Whether the other text lacks it. */
  changed: boolean
}

export interface Differences {
  a: Segment[]
  b: Segment[]
}

/** Share of characters in common below which marking everything would only be noise. */
const leastInCommon = 0.2

/** Both texts cut into what they share and what they do not, word by word; null when they share too little. */
export function differences(a: string, b: string): Differences | null {
  const parts = diffWordsWithSpace(a, b)
  const common = parts.reduce((sum, part) => (part.added || part.removed ? sum : sum + part.value.length), 0)
  if (common < leastInCommon * Math.max(a.length, b.length, 1)) return null
  return {
    a: parts.filter((part) => !part.added).map((part) => ({ text: part.value, changed: part.removed })),
    b: parts.filter((part) => !part.removed).map((part) => ({ text: part.value, changed: part.added })),
  }
}
