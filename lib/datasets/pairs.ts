import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { DatasetFilter } from './dataset-filter.ts'

export interface RankedCompletion {
  id: string
  text: string
}

export interface RankedComparison {
  rankingId: string
  comparisonId: string
  promptId: string
  messages: { role: string; content: string }[]
  split: 'TRAIN' | 'EVAL'
  /** In the order in which the comparison was made, and the edit after them. */
  completions: RankedCompletion[]
  /** What the annotator wrote by improving one of the completions; ranked above all of them. */
  editId: string | null
  /** Groups of completion ids, best first. */
  groups: string[][]
  strength: number | null
  flags: { target: string; flag: string }[]
}

export interface Pair {
  rankingId: string
  comparisonId: string
  promptId: string
  prompt: { role: string; content: string }[]
  split: 'TRAIN' | 'EVAL'
  chosenId: string
  rejectedId: string
  chosen: string
  rejected: string
  margin: number
  tie: boolean
  weight: number
}

export const groupsSchema = z.array(z.array(z.string()))
export const flagsSchema = z.array(z.object({ target: z.string(), flag: z.string() }))

/**
 * Margins of the grades 1 negligibly, 2 slightly, 3 better, 4 significantly better.
 * Source: Llama 2 (Touvron et al. 2023), §3.2.2 and table 27, "margin small".
 */
const margins: Record<number, number> = { 1: 0, 2: 1 / 3, 3: 2 / 3, 4: 1 }

/**
 * All pairs a ranking implies: every completion of a better group over every one of a worse group, and, where
 * the filter keeps ties, the two of a group as a pair without a winner. A ranking whose completions are all
 * bad still says which is less bad, so it counts like any other. Grades are given for pairs only, so only two
 * ranked completions have a margin; an edit beside them has none.
 */
export function pairsOf(
  ranking: RankedComparison,
  filter: Pick<DatasetFilter, 'ties' | 'excludeFlagged'>,
): Pair[] {
  const flagged = new Set(filter.excludeFlagged ? ranking.flags.map(({ target }) => target) : [])
  if (flagged.has('prompt')) return []
  const place = new Map(
    ranking.completions.map((completion, position) => [completion.id, { ...completion, position }]),
  )
  const groups = ranking.groups.map((group) =>
    group
      .flatMap((id) => place.get(id) ?? [])
      .filter(({ id }) => !flagged.has(id))
      .sort((a, b) => a.position - b.position),
  )
  const ranked = ranking.groups.flat().filter((id) => id !== ranking.editId).length
  const margin = ranked === 2 ? (margins[ranking.strength ?? 1] ?? 0) : 0
  const pair = (chosen: RankedCompletion, rejected: RankedCompletion, tie: boolean): Pair => ({
    rankingId: ranking.rankingId,
    comparisonId: ranking.comparisonId,
    promptId: ranking.promptId,
    prompt: ranking.messages,
    split: ranking.split,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosen: chosen.text,
    rejected: rejected.text,
    margin: tie || chosen.id === ranking.editId ? 0 : margin,
    tie,
    weight: 1,
  })
  const pairs: Pair[] = []
  groups.forEach((group, i) => {
    for (const chosen of group) {
      for (const worse of groups.slice(i + 1))
        for (const rejected of worse) pairs.push(pair(chosen, rejected, false))
    }
    if (filter.ties === 'drop') return
    group.forEach((first, j) => {
      for (const second of group.slice(j + 1)) pairs.push(pair(first, second, true))
    })
  })
  return pairs
}

/**
 * Weights in proportion with a mean of 1, so that a loss keeps its size; to six decimal places, so that
 * hashes do not hang on the last bit.
 */
export function weightsOfMeanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights.map((weight) => Math.round((weight / mean) * 1e6) / 1e6)
}

/**
 * SHA-256 over what the pairs say: the texts, margins, weights and splits, pairs of one comparison together,
 * in an order of their own. Ids, names and the order of the rows do not enter: the same rankings give the
 * same hash in any database.
 */
export function contentHash(pairs: Iterable<Pair>): string {
  const comparisons = new Map<string, { head: string; lines: string[] }>()
  for (const pair of pairs) {
    const known = comparisons.get(pair.comparisonId) ?? {
      head: JSON.stringify([pair.split, pair.prompt.map(({ role, content }) => [role, content])]),
      lines: [],
    }
    const texts = [pair.chosen, pair.rejected]
    // A tie has no first.
    known.lines.push(JSON.stringify([pair.tie ? texts.sort() : texts, pair.tie, pair.margin, pair.weight]))
    comparisons.set(pair.comparisonId, known)
  }
  const digests = [...comparisons.values()].map(({ head, lines }) =>
    createHash('sha256')
      .update([head, ...lines.sort()].join('\n'))
      .digest('hex'),
  )
  return createHash('sha256').update(digests.sort().join('\n')).digest('hex')
}
