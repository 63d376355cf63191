import { expect, test } from 'vitest'
import { groupsOf, placesOf } from './places.ts'

const ids = ['a', 'b', 'c', 'd']

test('groups become places and places groups, ties and what is left out included', () => {
  const groups = [['c'], ['a', 'd']]
  expect(placesOf(groups, ids)).toEqual([2, null, 1, 2])
  expect(groupsOf([2, null, 1, 2], ids)).toEqual(groups)
})

test('places may have gaps', () => {
  expect(groupsOf([4, 1, 4, null], ids)).toEqual([['b'], ['a', 'c']])
  expect(groupsOf([null, null, null, null], ids)).toEqual([])
})
