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
