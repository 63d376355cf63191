import { expect, test } from 'vitest'
import { peopleWords } from './people-words.ts'

test('people are named while they are few, and counted when they are more', () => {
  const names = ['Ada', 'Ben', 'Cleo', 'Dora', 'Eve']
  expect([0, 1, 2, 3, 5].map((count) => peopleWords(names.slice(0, count)))).toEqual([
    'Anyone',
    'Ada',
    'Ada and Ben',
    'Ada, Ben and Cleo',
    'Ada, Ben and 3 others',
  ])
})
