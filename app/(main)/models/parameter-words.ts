/** '812 k', '124 M', '1.3 B'; an en dash when unknown. */
export function parameterWords(count: number | undefined): string {
  if (count === undefined) return '–'
  for (const [size, letter] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (count >= size) return `${Number((count / size).toPrecision(3))} ${letter}`
  return String(count)
}
