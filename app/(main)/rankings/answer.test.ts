import { expect, test } from 'vitest'
import { flagWords, orderOf } from './answer.ts'

const completions = ['x', 'y', 'z'].map((id) => ({ id, text: id }))

test('an order is told in the letters shown, an improved response first', () => {
  const groups = [['z'], ['x', 'y']]
  expect(orderOf({ completions, groups, edit: null })).toBe('C › A = B')
  expect(orderOf({ completions, groups, edit: { completionId: 'z', text: 'better' } })).toBe(
    'C improved › C › A = B',
  )
  expect(orderOf({ completions, groups: [], edit: null })).toBe('no order')
  expect(orderOf({ completions, groups: null, edit: null })).toBe('no order')
})

test('a flag names what it was set on', () => {
  const flags = [
    { target: 'prompt', flag: 'off the subject' },
    { target: 'y', flag: 'harmful' },
  ]
  expect(flagWords({ completions, flags })).toEqual(['off the subject (prompt)', 'harmful (B)'])
})
