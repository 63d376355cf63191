import { othersOf, type Place } from './places.ts'
import { letter } from './ranking-state.ts'

/** 'C', 'C and D', 'C, D and E'. */
export function nameCards(cards: readonly number[]): string {
  const names = cards.map(letter)
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** 'C has no rank yet', 'C and D have no rank yet'. */
export function withoutRank(cards: readonly number[]): string {
  return `${nameCards(cards)} ${cards.length === 1 ? 'has' : 'have'} no rank yet`
}

/** 'first, before A', 'behind A, before B and C', 'tied with A', 'last, behind A', 'without a rank'. */
export function placeWords(marks: readonly (number | null)[], card: number, place: Place): string {
  if (place.how === 'out') return 'without a rank'
  const groups = othersOf(marks, card).map(nameCards)
  if (place.how === 'with') return `tied with ${groups[place.group]}`
  const [before, behind] = [groups[place.group], groups[place.group - 1]]
  if (!before && !behind) return 'first'
  if (!behind) return `first, before ${before}`
  return before ? `behind ${behind}, before ${before}` : `last, behind ${behind}`
}
