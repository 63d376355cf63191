import { wilsonInterval } from '../ratings/wilson.ts'

/** A current ranking, as far as the quality of the work is concerned. */
export interface Judgement {
  annotatorId: string
  comparisonId: string
  /** Best first; ids of one group tie. */
  groups: string[][]
  shownOrder: string[]
  millisecondsSpent: number
}

/** A share with its 95 % Wilson interval; null when nothing was counted. */
export interface Share {
  rate: number
  low: number
  high: number
  n: number
}

export function shareOf(successes: number, n: number): Share | null {
  return n === 0 ? null : { rate: successes / n, ...wilsonInterval(successes, n), n }
}

export function medianOf(values: number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * How often the completion shown first was ranked best alone, among rankings with one best. Without position bias it is
 * `expected`: the mean of 1 / size, 0.5 for pairs.
 */
export function firstShownRate(judgements: Judgement[]): { share: Share | null; expected: number | null } {
  const clear = judgements.filter(({ groups }) => groups[0]?.length === 1)
  const first = clear.filter(({ groups, shownOrder }) => groups[0]![0] === shownOrder[0]).length
  const chances = clear.reduce((sum, { shownOrder }) => sum + 1 / shownOrder.length, 0)
  return { share: shareOf(first, clear.length), expected: clear.length ? chances / clear.length : null }
}

export interface Agreement {
  /** Pairs of completions that both annotators ordered strictly, and those of them ordered alike. */
  pairs: number
  alike: number
}

/** Compares two rankings of one comparison over every pair of completions that neither tied or left out. */
export function agreementOf(a: string[][], b: string[][]): Agreement {
  const rankA = ranksOf(a)
  const rankB = ranksOf(b)
  const both = [...rankA.keys()].filter((id) => rankB.has(id))
  let pairs = 0
  let alike = 0
  for (const [index, one] of both.entries()) {
    for (const other of both.slice(index + 1)) {
      const inA = Math.sign(rankA.get(one)! - rankA.get(other)!)
      const inB = Math.sign(rankB.get(one)! - rankB.get(other)!)
      if (inA === 0 || inB === 0) continue
      pairs++
      if (inA === inB) alike++
    }
  }
  return { pairs, alike }
}

function ranksOf(groups: string[][]): Map<string, number> {
  return new Map(groups.flatMap((group, rank) => group.map((id) => [id, rank] as const)))
}

export interface AgreementTable {
  overall: Agreement
  /** Of each annotator with all others. */
  byAnnotator: Map<string, Agreement>
  /** Of two annotators, by their ids in order joined by a space. */
  byPair: Map<string, Agreement>
}

/** Agreement over all comparisons that at least two annotators ranked. */
export function agreementTable(judgements: Judgement[]): AgreementTable {
  const table: AgreementTable = { overall: { pairs: 0, alike: 0 }, byAnnotator: new Map(), byPair: new Map() }
  for (const ranked of Map.groupBy(judgements, (judgement) => judgement.comparisonId).values()) {
    for (const [index, one] of ranked.entries()) {
      for (const other of ranked.slice(index + 1)) {
        const found = agreementOf(one.groups, other.groups)
        const names = [one.annotatorId, other.annotatorId].sort()
        add(table.overall, found)
        for (const name of names) add(entry(table.byAnnotator, name), found)
        add(entry(table.byPair, names.join(' ')), found)
      }
    }
  }
  return table
}

function entry(map: Map<string, Agreement>, key: string): Agreement {
  const found = map.get(key) ?? { pairs: 0, alike: 0 }
  map.set(key, found)
  return found
}

function add(to: Agreement, { pairs, alike }: Agreement): void {
  to.pairs += pairs
  to.alike += alike
}
