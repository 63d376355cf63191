import { expect, test } from 'vitest'
import { trueOrder } from './gold.ts'

const prompt = 'Hello. The kettle arrived broken. Can you help me?'
const good = 'I am sorry about this. We will replace the kettle for free and you can keep the old one.'
const bad = 'Oh no, not you again. There is nothing we can do.'

test('the true order follows the planted preference, and what is alike ties', () => {
  expect(trueOrder(prompt, [bad, good, bad])).toEqual({ groups: [[1], [0, 2]], allBad: false })
})

test('where nothing is acceptable all is bad', () => {
  expect(trueOrder(prompt, [bad, bad])).toEqual({ groups: [[0, 1]], allBad: true })
})
