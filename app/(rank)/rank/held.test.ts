import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Assignment } from './assignment.ts'
import { type Claimed, type Held, nothingHeld, onward, withClaimed, without, withReopened } from './held.ts'

const item = (id: string): Assignment => ({
  id,
  comparisonId: id,
  batch: null,
  leaseUntil: '2026-01-01T00:00:00Z',
  prompt: { messages: [] },
  completions: [],
})
const claimed = (...ids: string[]): Claimed => {
  const [assignment = null, ...upcoming] = ids.map(item)
  return { assignment, upcoming }
}
const none = () => false
const ids = ({ current, upcoming }: Held) => [current?.id, ...upcoming.map(({ id }) => id)]

test('the item on screen stays when the list behind it is renewed', () => {
  const place = withClaimed(nothingHeld, claimed('a', 'b'), none)
  const topped = withClaimed(place, claimed('c', 'a'), none)
  expect(ids(topped)).toEqual(['a', 'c'])
  expect(topped.shown).toBe(place.shown)
})

test('a reopened item comes before what is held', () => {
  const place = withReopened(withClaimed(nothingHeld, claimed('b', 'c'), none), claimed('a', 'b', 'c'))
  expect(ids(place)).toEqual(['a', 'b', 'c'])
  expect(place.shown).toBe(2)
})

test('a lost item gives way to the next, and one behind it leaves without a trace', () => {
  const place = withClaimed(nothingHeld, claimed('a', 'b', 'c'), none)
  expect(ids(without(place, (id) => id === 'b'))).toEqual(['a', 'c'])
  expect(ids(without(place, (id) => id === 'a'))).toEqual(['b', 'c'])
  expect(without(place, none)).toBe(place)
})

test('no item is shown twice and none is left out, however late deliveries and claims arrive', () => {
  // Steps: the annotator answers, an answer reaches the server, a claim is made, a claim's answer comes back.
  const steps = fc.array(fc.constantFrom('answer', 'deliver', 'claim', 'hear'), { maxLength: 60 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 12 }), (steps, size) => {
      const open = Array.from({ length: size }, (_, n) => `${n}`)
      const held: string[] = []
      const answered = new Set<string>()
      const waiting: string[] = []
      const seen: string[] = []
      let hearing: Claimed | null = null
      let place = nothingHeld
      const move = (next: Held) => {
        if (next.shown > place.shown) seen.push(next.current!.id)
        place = next
      }
      const take = (step: (typeof steps)[number]) => {
        if (step === 'answer' && place.current) {
          answered.add(place.current.id)
          waiting.push(place.current.id)
          move(onward(place))
        }
        if (step === 'deliver' && waiting.length > 0) held.splice(held.indexOf(waiting.shift()!), 1)
        if (step === 'claim' && !hearing) {
          while (held.length < 2 && open.length > 0) held.push(open.shift()!)
          hearing = claimed(...held)
        }
        if (step === 'hear' && hearing) {
          move(withClaimed(place, hearing, (id) => answered.has(id)))
          hearing = null
        }
      }
      for (const step of steps) take(step)
      for (let turn = 0; turn <= 2 * size + 2; turn++)
        for (const step of ['deliver', 'claim', 'hear', 'answer'] as const) take(step)
      expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: size }, (_, n) => `${n}`),
      )
    }),
  )
})
