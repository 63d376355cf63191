import fc from 'fast-check'
import { expect, it } from 'vitest'
import { differences } from './differences.ts'

it('marks the words that only one of two replies has', () => {
  const found = differences('Your parcel is on its way.', 'Your parcel is lost.')
  expect(found?.a.filter((segment) => segment.changed).map((segment) => segment.text.trim())).toEqual([
    'on its way',
  ])
  expect(found?.b.filter((segment) => segment.changed).map((segment) => segment.text.trim())).toEqual([
    'lost',
  ])
})

it('marks nothing when two replies have hardly a word in common', () => {
  expect(differences('Please send it back to us', 'No')).toBeNull()
})

it('loses no character of either text', () => {
  const words = fc
    .array(fc.constantFrom('we', 'will', 'refund', ' ', '\n', 'you', ',', 'é'))
    .map((list) => list.join(''))
  fc.assert(
    fc.property(words, words, (a, b) => {
      const found = differences(a, b)
      if (!found) return
      expect(found.a.map((segment) => segment.text).join('')).toBe(a)
      expect(found.b.map((segment) => segment.text).join('')).toBe(b)
    }),
  )
})
