import { expect, it } from 'vitest'
import { earlierTurns } from './turns.ts'

const say = (role: string, content = 'words') => ({ role, content })

it('folds nothing of a short conversation', () => {
  expect(earlierTurns([say('system'), say('user')])).toBe(0)
  expect(earlierTurns([say('user')])).toBe(0)
})

it('folds what comes before the last turn of the user, when it is long or many', () => {
  expect(earlierTurns([say('user'), say('assistant'), say('user'), say('assistant'), say('user')])).toBe(4)
  expect(earlierTurns([say('system', 'x'.repeat(500)), say('user')])).toBe(1)
})

it('keeps the beginning of an answer that comes after the last turn of the user', () => {
  expect(earlierTurns([say('system'), say('user'), say('assistant'), say('user'), say('assistant')])).toBe(3)
})

it('folds nothing where no user speaks', () => {
  expect(earlierTurns([say('system', 'x'.repeat(500)), say('assistant')])).toBe(0)
})
