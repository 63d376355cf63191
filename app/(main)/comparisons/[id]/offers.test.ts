import { expect, test } from 'vitest'
import { offersOf } from './offers.ts'

const said = (name: string, groups: string[][], more: { allBad?: boolean; superseded?: boolean } = {}) => ({
  annotator: { name },
  groups,
  allBad: false,
  superseded: false,
  ...more,
})

test('each answer is offered once, the decision first, then what most said', () => {
  const rankings = [
    said('Ada', [['a'], ['b', 'c']]),
    said('Bo', [['b'], ['a']]),
    said('Cy', [['a'], ['c', 'b']]),
    said('Di', [['b'], ['a']], { superseded: true }),
    said('Ed', [['a']]),
    said('Fi', [], { allBad: true }),
  ]
  expect(offersOf(rankings, null)).toEqual([
    { label: 'Ada and Cy', groups: [['a'], ['b', 'c']], allBad: false },
    { label: 'Bo', groups: [['b'], ['a']], allBad: false },
    { label: 'Fi', groups: [], allBad: true },
  ])
  expect(offersOf(rankings, said('Ro', [['b'], ['a']])).map(({ label }) => label)).toEqual([
    'the decision and Bo',
    'Ada and Cy',
    'Fi',
  ])
})
