import type { Offer } from './gold-dialog.tsx'

interface Said {
  annotator: { name: string }
  groups: string[][]
  allBad: boolean
  superseded: boolean
}

/** Answers that could be the right one, each once: the decision, then what most annotators said. */
export function offersOf(rankings: Said[], decision: Said | null): Offer[] {
  const offers = new Map<string, Offer & { names: string[] }>()
  for (const said of [...(decision ? [decision] : []), ...rankings.filter((one) => !one.superseded)]) {
    if (!canBeGold(said)) continue
    const key = JSON.stringify([said.groups.map((group) => group.toSorted()), said.allBad])
    const offer = offers.get(key) ?? { label: '', groups: said.groups, allBad: said.allBad, names: [] }
    offer.names.push(said === decision ? 'the decision' : said.annotator.name)
    offers.set(key, offer)
  }
  return [...offers.values()]
    .sort((a, b) => rank(b.names) - rank(a.names))
    .map(({ names, ...offer }) => ({ ...offer, label: listed(names) }))
}

/** A gold answer orders at least two completions, or says that all are bad. */
export function canBeGold({ groups, allBad }: Pick<Said, 'groups' | 'allBad'>): boolean {
  return groups.flat().length >= 2 || allBad
}

const rank = (names: string[]) => (names[0] === 'the decision' ? Number.POSITIVE_INFINITY : names.length)

/** 'Ada', 'Ada and Bo', 'Ada, Bo and 3 others'. */
function listed(names: string[]): string {
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} others`
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
