import { expect, test } from 'vitest'
import { statementNames } from './statement-names.ts'

test('a text gets its name when it comes the second time, and keeps it', () => {
  const nameOf = statementNames()
  expect(['select 1', 'select 2', 'select 1', 'select 2', 'select 1'].map((sql) => nameOf({ sql }))).toEqual([
    '',
    '',
    'whetstone_0',
    'whetstone_1',
    'whetstone_0',
  ])
})

test('no more than 500 texts are named', () => {
  const nameOf = statementNames()
  const named = Array.from({ length: 600 }, (_, index) => `select ${index}`).map((sql) => {
    nameOf({ sql })
    return nameOf({ sql })
  })
  expect(new Set(named).size).toBe(501)
  expect(named.slice(500).every((name) => name === '')).toBe(true)
  expect(nameOf({ sql: 'select 499' })).toBe('whetstone_499')
})
