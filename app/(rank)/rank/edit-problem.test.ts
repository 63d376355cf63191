import { expect, it } from 'vitest'
import { editProblem } from './edit-problem.ts'

const shown = ['We are sorry.', 'Wait.']

it('takes a text that is no response on screen', () => {
  expect(editProblem('We are very sorry.', shown)).toBeNull()
})

it('names the response that says just the same, spaces around it aside', () => {
  expect(editProblem(' Wait.\n', shown)).toBe('This is just what B says. Change it, or rank B first.')
})

it('takes neither nothing nor more than the server does', () => {
  expect(editProblem(' \n', shown)).toBe('There is nothing in it yet.')
  expect(editProblem('x'.repeat(20_001), shown)).toBe('It has 20,001 characters; 20,000 is the most.')
  expect(editProblem('x'.repeat(20_000), shown)).toBeNull()
})
