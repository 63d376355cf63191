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
    a: joined(
      parts.filter((part) => !part.added).map((part) => ({ text: part.value, changed: part.removed })),
    ),
    b: joined(
      parts.filter((part) => !part.removed).map((part) => ({ text: part.value, changed: part.added })),
    ),
  }
}

/** Changed words with only a space between them become one run, and no run ends in a space. */
function joined(segments: Segment[]): Segment[] {
  const runs: Segment[] = []
  for (const [index, { text, changed }] of segments.entries()) {
    const between = text.trim() === '' && runs.at(-1)?.changed && segments[index + 1]?.changed
    const last = runs.at(-1)
    if (last && last.changed === (changed || Boolean(between))) last.text += text
    else runs.push({ text, changed: changed || Boolean(between) })
  }
  return runs
    .flatMap(({ text, changed }) => {
      const end = changed ? text.trimEnd().length : text.length
      return [
        { text: text.slice(0, end), changed },
        { text: text.slice(end), changed: false },
      ]
    })
    .filter(({ text }) => text !== '')
}
