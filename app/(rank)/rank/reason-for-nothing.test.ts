import { expect, test } from 'vitest'
import { reasonForNothing } from './reason-for-nothing.ts'

const all = { oneBatch: false, adjudicating: false }

test.each([
  [null, 'Nothing to rank yet'],
  [{ mine: 0, done: 0, total: 0, remainingForMe: 0 }, 'Nothing to rank yet'],
  [{ mine: 3, done: 9, total: 9, remainingForMe: 0 }, 'All done'],
  [{ mine: 3, done: 8, total: 9, remainingForMe: 0 }, 'That was the last one for you'],
  [{ mine: 0, done: 8, total: 9, remainingForMe: 0 }, 'Nothing for you at the moment'],
])('with %j it says: %s', (progress, title) => {
  expect(reasonForNothing(progress, all).title).toBe(title)
})

test('work that others have is counted', () => {
  const { text } = reasonForNothing({ mine: 1, done: 8, total: 10, remainingForMe: 0 }, all)
  expect(text).toContain('You ranked one comparison')
  expect(text).toContain('2 more rankings are wanted')
})
