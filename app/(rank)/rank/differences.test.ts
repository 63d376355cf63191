import fc from 'fast-check'
import { expect, it } from 'vitest'
import { changesBetween, newWords, wordsOf } from './differences.ts'

const words = (text: string) => wordsOf(text).map((word) => word.text)
const marked = (text: string, other: string) => {
  const found = newWords(words(text), words(other))
  return found && words(text).filter((_, index) => found[index])
}

it('marks the words that the other reply lacks', () => {
  expect(marked('Your parcel is on its way.', 'Your parcel is lost.')).toEqual(['on', 'its', 'way'])
  expect(marked('Your parcel is lost.', 'Your parcel is on its way.')).toEqual(['lost'])
})

it('marks nothing when two replies have hardly a word in common, and in no endless text', () => {
  expect(marked('Please send it back to us', 'No')).toBeNull()
  const endless = Array.from({ length: 31_000 }, () => 'word')
  expect(newWords(endless, endless)).toBeNull()
})

it('takes spacing and line ends for no difference', () => {
  expect(marked('a  b\n\nc', 'a b c')).toEqual([])
})

it('keeps letters of every script in one word, and signs apart', () => {
  expect(words('naïve: 日本 мир, x_1+2')).toEqual(['naïve', ':', '日本', 'мир', ',', 'x_1', '+', '2'])
})

it('tells where each word stands', () => {
  const text = fc
    .array(fc.constantFrom('we', ' ', '\n', 'é', ',', '🙂'), { maxLength: 30 })
    .map((list) => list.join(''))
  fc.assert(
    fc.property(text, (text) => {
      for (const { text: word, start, end } of wordsOf(text)) expect(text.slice(start, end)).toBe(word)
    }),
  )
})

it('loses no character of either text between them', () => {
  const text = fc
    .array(fc.constantFrom('we', 'will', ' ', '\n', 'you', ',', 'é'))
    .map((list) => list.join(''))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const pieces = changesBetween(before, after)!
      const without = (kind: string) => pieces.filter((piece) => piece.kind !== kind).map(({ text }) => text)
      expect(without('added').join('')).toBe(before)
      expect(without('removed').join('')).toBe(after)
    }),
  )
})
