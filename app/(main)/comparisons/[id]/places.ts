/** The place of each completion, best 1; null where it is not asked for. */
export type Places = (number | null)[]

/** Groups of ids, best first, as places in the order of `ids`. */
export function placesOf(groups: string[][], ids: string[]): Places {
  return ids.map((id) => {
    const place = groups.findIndex((group) => group.includes(id))
    return place < 0 ? null : place + 1
  })
}

/** Ids of equal places together, best first; places may have gaps. */
export function groupsOf(places: Places, ids: string[]): string[][] {
  const used = [...new Set(places.filter((place) => place !== null))].sort((a, b) => a - b)
  return used.map((place) => ids.filter((_, index) => places[index] === place))
}
