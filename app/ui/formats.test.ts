import { expect, test } from 'vitest'
import { formatNumber, formatPercent } from './quantity.tsx'
import { listPath, pick } from './query.ts'
import { relative } from './relative-time.tsx'

test('numbers keep whole numbers whole, give others three digits, and say when there is none', () => {
  expect([1234, 0.012345, 12.345, -3, 0].map((value) => formatNumber(value))).toEqual([
    '1,234',
    '0.0123',
    '12.3',
    '-3',
    '0',
  ])
  expect(formatNumber(2, 2)).toBe('2.00')
  expect([null, undefined, Number.NaN].map((value) => formatNumber(value))).toEqual(['–', '–', '–'])
  expect(formatPercent(0.634)).toBe('63 %')
})

test('times are told in the largest unit that fits', () => {
  const now = Date.UTC(2026, 0, 31, 12)
  const at = (seconds: number) => relative(new Date(now + seconds * 1000), now)
  expect(at(-20)).toBe('just now')
  expect(at(20)).toBe('just now')
  expect(at(-119)).toBe('1 minute ago')
  expect(at(-7200)).toBe('2 hours ago')
  expect(at(-86_400)).toBe('yesterday')
  expect(at(3 * 86_400)).toBe('in 3 days')
})

test('only the filters a list knows reach it, and empty ones do not', () => {
  const filters = pick({ q: 'parcel', split: '', tag: ['a', 'b'], utm: 'x' }, ['q', 'split', 'tag'])
  expect(filters).toEqual({ q: 'parcel' })
  expect(listPath('/api/prompts', { ...filters, split: undefined })).toBe('/api/prompts?q=parcel')
  expect(listPath('/api/prompts', {})).toBe('/api/prompts')
})
