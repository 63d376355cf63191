import { expect, it } from 'vitest'
import { durationWords } from './duration-words.ts'

it.each([
  [0, '0 s'],
  [42_400, '42 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 05 min'],
  [273_600_000, '3 d 4 h'],
  [-5, '0 s'],
])('%i ms is %s', (milliseconds, words) => {
  expect(durationWords(milliseconds)).toBe(words)
})
