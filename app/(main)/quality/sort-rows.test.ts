import { expect, it } from 'vitest'
import { sortRows } from './sort-rows.ts'
import type { AnnotatorRow } from './types.ts'

const row = (name: string, rankings: number, rate: number | null): AnnotatorRow => ({
  id: name,
  name,
  rankings,
  skipped: 0,
  medianSeconds: null,
  firstShown: null,
  expectedFirstShown: null,
  agreement: rate === null ? null : { rate, low: 0, high: 1, n: 10 },
})
const rows = [row('Ben', 5, 0.9), row('Ada', 9, null), row('Cy', 1, 0.4)]
const names = (sorted: AnnotatorRow[]) => sorted.map(({ name }) => name)

it('sorts by any column, the unknown last both ways', () => {
  expect(names(sortRows(rows, 'name', false))).toEqual(['Ada', 'Ben', 'Cy'])
  expect(names(sortRows(rows, 'rankings', true))).toEqual(['Ada', 'Ben', 'Cy'])
  expect(names(sortRows(rows, 'agreement', true))).toEqual(['Ben', 'Cy', 'Ada'])
  expect(names(sortRows(rows, 'agreement', false))).toEqual(['Cy', 'Ben', 'Ada'])
})
