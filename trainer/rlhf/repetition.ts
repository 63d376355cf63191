/**
 * The share of n-grams of a response that stood in it before, 0 … 1; 0 where it has none.
 * Source: Welleck et al. 2020, rep-n: 1 − distinct n-grams / n-grams.
 */
export function repeatedShare(tokens: readonly number[], n: number): number {
  const count = tokens.length - n + 1
  if (count <= 0) return 0
  const seen = new Set<string>()
  for (let start = 0; start < count; start++) seen.add(tokens.slice(start, start + n).join())
  return 1 - seen.size / count
}
