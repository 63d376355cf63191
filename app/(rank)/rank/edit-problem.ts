import { letter } from './ranking-state.ts'

/** The longest text (characters) that the server takes. */
const longest = 20_000

/** Why a text cannot stand as an improved response, in words; null when it can. */
export function editProblem(text: string, shown: readonly string[]): string | null {
  const own = text.trim()
  if (own === '') return 'There is nothing in it yet.'
  if (own.length > longest)
    return `It has ${own.length.toLocaleString('en')} characters; ${longest.toLocaleString('en')} is the most.`
  const same = shown.findIndex((other) => other.trim() === own)
  return same < 0 ? null : `This is just what ${letter(same)} says. Change it, or rank ${letter(same)} first.`
}
