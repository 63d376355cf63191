import type { AnnotatorRow } from './types.ts'

export type SortKey = 'name' | 'rankings' | 'skipped' | 'medianSeconds' | 'firstShown' | 'agreement'

/** Sorted by a column; what is not known comes last either way. */
export function sortRows(rows: readonly AnnotatorRow[], key: SortKey, descending: boolean): AnnotatorRow[] {
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    if (key === 'name') return sign * a.name.localeCompare(b.name)
    const [left, right] = [figure(a, key), figure(b, key)]
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    return sign * (left - right)
  })
}

function figure(row: AnnotatorRow, key: Exclude<SortKey, 'name'>): number | null {
  const value = row[key]
  return typeof value === 'object' && value !== null ? value.rate : value
}
