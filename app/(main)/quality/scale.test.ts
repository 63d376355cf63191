import { expect, it } from 'vitest'
import { scaleTo } from './scale.ts'

it('reaches the most in two round steps', () => {
  expect(scaleTo(1)).toEqual([2, 1, 0])
  expect(scaleTo(7)).toEqual([8, 4, 0])
  expect(scaleTo(130)).toEqual([150, 75, 0])
  expect(scaleTo(480)).toEqual([500, 250, 0])
  expect(scaleTo(1001)).toEqual([1500, 750, 0])
})
