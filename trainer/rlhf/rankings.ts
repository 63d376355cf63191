/**
 * What people said of the completions of one comparison, named by their places in it. A pair says which of two is better, or that
 * neither is; a ranking says it of many. Each form is read from the other where a file has only one.
 */

export interface JudgedPair {
  chosen: number
  rejected: number
  weight: number
  margin: number
  /** Neither is better. */
  tie: boolean
  /** How much better, from 1; absent where it was not asked. */
  strength?: number
  annotator?: string
}

export interface Ranking {
  /** Best first; those of one group are tied. */
  groups: number[][]
  /** Worse than all of the groups, in no known order: what makes a ranking of the first few only. */
  worse: number[]
  weight: number
  annotator?: string
}

/**
 * The same pairs with every two reversed pairs of weight ½ as one tie of weight 1, which is how files that can name neither ties nor
 * annotators say it: of two annotators they would be two opinions. The tie stands where the first of the two stood.
 */
export function mergeTies(pairs: readonly JudgedPair[]): JudgedPair[] {
  const merged: (JudgedPair | null)[] = []
  const waiting = new Map<string, number[]>()
  for (const pair of pairs) {
    if (pair.tie || pair.weight !== 0.5 || pair.annotator !== undefined) {
      merged.push(pair)
      continue
    }
    const first = waiting.get(`${pair.rejected},${pair.chosen}`)?.shift()
    if (first !== undefined) {
      merged[first] = { ...merged[first]!, weight: 1, margin: 0, tie: true }
      continue
    }
    const own = `${pair.chosen},${pair.rejected}`
    waiting.set(own, [...(waiting.get(own) ?? []), merged.length])
    merged.push(pair)
  }
  return merged.filter((pair) => pair !== null)
}

/** All pairs that a ranking implies: each of a better group over each of a worse one, and ties within a group. */
export function pairsOfRanking({ groups, worse, weight, annotator }: Ranking): JudgedPair[] {
  const pair = (chosen: number, rejected: number, tie: boolean): JudgedPair => ({
    ...{ chosen, rejected, weight, margin: 0, tie },
    ...(annotator !== undefined && { annotator }),
  })
  return groups.flatMap((group, place) => {
    const below = [...groups.slice(place + 1).flat(), ...worse]
    return group.flatMap((chosen, i) => [
      ...below.map((rejected) => pair(chosen, rejected, false)),
      ...group.slice(i + 1).map((other) => pair(chosen, other, true)),
    ])
  })
}

/**
 * The one ranking that has exactly these pairs, or, where there is none because people contradict each other or left pairs out, each pair
 * as a ranking of its own. Of those that lost to all others and were never compared with each other nothing is said but that they are
 * worse.
 */
export function rankingsOfPairs(pairs: readonly JudgedPair[]): Ranking[] {
  const [first] = pairs
  if (!first) return []
  const losses = new Map<number, number>()
  for (const { chosen, rejected, tie } of pairs) {
    losses.set(chosen, losses.get(chosen) ?? 0)
    losses.set(rejected, (losses.get(rejected) ?? 0) + (tie ? 0 : 1))
  }
  const levels = [...new Set(losses.values())].sort((a, b) => a - b)
  const groups = levels.map((level) => [...losses.keys()].filter((place) => losses.get(place) === level))
  const compared = new Set(pairs.map(key))
  const last = groups.at(-1)!
  const worse =
    last.length > 1 &&
    pairsOfRanking({ groups: [last], worse: [], weight: 1 }).every((tie) => !compared.has(key(tie)))
      ? groups.pop()!
      : []
  const ranking: Ranking = { groups, worse, weight: first.weight }
  if (first.annotator !== undefined) ranking.annotator = first.annotator
  const implied = new Set(pairsOfRanking(ranking).map(key))
  const whole =
    compared.size === pairs.length &&
    implied.size === pairs.length &&
    pairs.every((pair) => implied.has(key(pair)) && pair.weight === first.weight)
  if (whole) return [ranking]
  return pairs.map(({ chosen, rejected, tie, weight, annotator }) => ({
    groups: tie ? [[chosen, rejected]] : [[chosen], [rejected]],
    worse: [],
    weight,
    ...(annotator !== undefined && { annotator }),
  }))
}

function key({ chosen, rejected, tie }: JudgedPair): string {
  return tie ? `${Math.min(chosen, rejected)}=${Math.max(chosen, rejected)}` : `${chosen}>${rejected}`
}
