import { expect, it } from 'vitest'
import { scaleTo } from './scale.ts'

it('reaches the most in two round steps', () => {
  expect(scaleTo(1)).toEqual([2, 1, 0])
  expect(scaleTo(7)).toEqual([10, 5, 0])
  expect(scaleTo(130)).toEqual([200, 100, 0])
  expect(scaleTo(480)).toEqual([500, 250, 0])
  expect(scaleTo(1001)).toEqual([2000, 1000, 0])
})
