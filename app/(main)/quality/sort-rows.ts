/** Sorted by a column; what is not known comes last either way. */
export function sortRows<Row extends { name: string }>(
  rows: readonly Row[],
  figure: (row: Row) => number | null | 'name',
  descending: boolean,
): Row[] {
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const [left, right] = [figure(a), figure(b)]
    if (left === 'name' || right === 'name') return sign * a.name.localeCompare(b.name)
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    return sign * (left - right)
  })
}

/** The number of a column: the value of what has an interval, the sum of what is counted in two ways. */
export function figureOf<Row extends object>(row: Row, key: string): number | null | 'name' {
  const value = (row as Record<string, unknown>)[key]
  if (key === 'name') return 'name'
  if (typeof value === 'number') return value
  if (value === null || typeof value !== 'object') return null
  if ('rate' in value) return Number(value.rate)
  if ('value' in value) return Number(value.value)
  return Object.values(value).reduce((sum: number, each) => sum + Number(each), 0)
}
