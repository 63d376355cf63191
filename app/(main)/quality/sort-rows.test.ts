import { expect, it } from 'vitest'
import { figureOf, sortRows } from './sort-rows.ts'

const row = (name: string, rankings: number, rate: number | null, fast = 0) => ({
  name,
  rankings,
  agreement: rate === null ? null : { rate, low: 0, high: 1, n: 10 },
  alpha: rate === null ? null : { value: 2 * rate - 1, low: null, high: null, units: 4 },
  unusualTimes: { fast, slow: 1 },
})
const rows = [row('Ben', 5, 0.9), row('Ada', 9, null, 4), row('Cy', 1, 0.4)]
const names = (key: string, descending: boolean) =>
  sortRows(rows, (each) => figureOf(each, key), descending).map(({ name }) => name)

it('sorts by any column, the unknown last both ways', () => {
  expect(names('name', false)).toEqual(['Ada', 'Ben', 'Cy'])
  expect(names('rankings', true)).toEqual(['Ada', 'Ben', 'Cy'])
  expect(names('agreement', true)).toEqual(['Ben', 'Cy', 'Ada'])
  expect(names('alpha', false)).toEqual(['Cy', 'Ben', 'Ada'])
  expect(names('unusualTimes', true)[0]).toBe('Ada')
})
