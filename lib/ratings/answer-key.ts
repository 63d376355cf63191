import { kendallTau } from './kendall.ts'

/** Groups of ids, best first; ids of one group tie, ids left out have no place. */
export type Groups = readonly (readonly string[])[]

/**
 * What a ranking gets by an answer key: of the pairs that the key orders strictly and the ranking has a verdict on (`weight`), one for each
 * ordered alike and half for each tied (`credit`).
 */
export function keyCredit(key: Groups, said: Groups): { credit: number; weight: number } {
  const place = placesIn(said)
  let credit = 0
  let weight = 0
  for (const [better, worse] of orderedPairs(key)) {
    const [up, down] = [place.get(better), place.get(worse)]
    if (up === undefined || down === undefined) continue
    weight += 1
    credit += up < down ? 1 : up === down ? 0.5 : 0
  }
  return { credit, weight }
}

/**
 * How far two rankings of the same items are the same: of the pairs on which both have a verdict (`weight`), how many have the same one, a tie
 * being a verdict like the others (`credit`); and τ_b, null of fewer than three items in both or where one of the two ties them all.
 */
export function sameness(one: Groups, other: Groups): { credit: number; weight: number; tau: number | null } {
  const [a, b] = [placesIn(one), placesIn(other)]
  const both = [...a.keys()].filter((id) => b.has(id))
  let credit = 0
  let weight = 0
  both.forEach((id, index) => {
    for (const next of both.slice(index + 1)) {
      weight += 1
      if (Math.sign(a.get(id)! - a.get(next)!) === Math.sign(b.get(id)! - b.get(next)!)) credit += 1
    }
  })
  return { credit, weight, tau: rankingTau(a, b) }
}

/** Kendall's τ_b of two rankings, given as places; null of fewer than three ids in both, and where one of the two ties them all. */
export function rankingTau(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number | null {
  const both = [...a.keys()].filter((id) => b.has(id))
  if (both.length < 3) return null
  const tau = kendallTau(
    both.map((id) => a.get(id)!),
    both.map((id) => b.get(id)!),
  )
  return Number.isNaN(tau) ? null : tau
}

/** The place of each ranked id, best 0; those of one group share it. */
export function placesIn(groups: Groups): Map<string, number> {
  return new Map(groups.flatMap((group, place) => group.map((id) => [id, place] as const)))
}

/** The better and the worse of every two ids in different groups. */
function orderedPairs(groups: Groups): [string, string][] {
  return groups.flatMap((group, place) =>
    group.flatMap((better) =>
      groups.slice(place + 1).flatMap((below) => below.map((worse): [string, string] => [better, worse])),
    ),
  )
}
