/** Groups of cards, best first; cards of one group are tied; cards without a mark are absent. */
export function groupsOf(marks: readonly (number | null)[]): number[][] {
  const given = [...new Set(marks.filter((mark) => mark !== null))].sort((a, b) => a - b)
  return given.map((mark) => marks.flatMap((own, card) => (own === mark ? [card] : [])))
}

/** Marks 1, 2, 3 … of the given groups. */
export function marksOf(size: number, groups: readonly (readonly number[])[]): (number | null)[] {
  const marks: (number | null)[] = Array.from({ length: size }, () => null)
  for (const [place, group] of groups.entries()) for (const card of group) marks[card] = place + 1
  return marks
}

/**
 * Where a card can go: into a group of the others, before one (or behind the last, whose number is the count of groups),
 * or out of the order. Groups are counted without the card itself.
 */
export type Place = { how: 'with' | 'before'; group: number } | { how: 'out' }

/** The groups of the other cards. */
export function othersOf(marks: readonly (number | null)[], card: number): number[][] {
  return groupsOf(marks.with(card, null))
}

/** Every place a card can go, from first to last, then out. */
export function placesFor(marks: readonly (number | null)[], card: number): Place[] {
  const groups = othersOf(marks, card)
  return [
    ...groups.flatMap((_, group): Place[] => [
      { how: 'before', group },
      { how: 'with', group },
    ]),
    { how: 'before', group: groups.length },
    { how: 'out' },
  ]
}

/** The place a card has now. */
export function placeOf(marks: readonly (number | null)[], card: number): Place {
  const mark = marks[card] ?? null
  if (mark === null) return { how: 'out' }
  const groups = groupsOf(marks)
  const group = groups.findIndex((members) => members.includes(card))
  return { how: groups[group]!.length > 1 ? 'with' : 'before', group }
}

/** Marks with the card at its new place. */
export function placed(marks: readonly (number | null)[], card: number, place: Place): (number | null)[] {
  const groups = othersOf(marks, card)
  if (place.how === 'with' && groups[place.group])
    return marksOf(
      marks.length,
      groups.map((members, group) => (group === place.group ? [...members, card] : members)),
    )
  if (place.how === 'before')
    return marksOf(marks.length, groups.toSpliced(Math.max(0, place.group), 0, [card]))
  return marks.with(card, null)
}

export function samePlace(a: Place, b: Place): boolean {
  return a.how === b.how && (a.how === 'out' || a.group === (b as typeof a).group)
}
