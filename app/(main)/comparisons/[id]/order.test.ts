import { expect, test } from 'vitest'
import { lettersOf, orderWords } from './order.ts'

const letters = lettersOf(['x', 'y', 'z'])

test('an order is written best first with ties joined', () => {
  expect(orderWords([['y'], ['x', 'z']], letters)).toBe('B › A = C')
})

test('what nobody ranked is named after the order', () => {
  expect(orderWords([['z']], letters)).toBe('C (A, B unranked)')
  expect(orderWords([], letters)).toBe('(A, B, C unranked)')
})
