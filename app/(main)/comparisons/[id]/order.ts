/** A, B, C … for the completions in the order they stand. */
export function lettersOf(ids: string[]): Map<string, string> {
  return new Map(ids.map((id, index) => [id, String.fromCharCode(65 + index)]))
}

/** 'A › B = C', best first; what was left unranked follows in brackets. */
export function orderWords(groups: string[][], letters: Map<string, string>): string {
  const ranked = groups.map((group) => group.map((id) => letters.get(id) ?? '?').join(' = '))
  const named = new Set(groups.flat())
  const left = [...letters].filter(([id]) => !named.has(id)).map(([, letter]) => letter)
  return [ranked.join(' › '), left.length > 0 && `(${left.join(', ')} unranked)`].filter(Boolean).join(' ')
}
