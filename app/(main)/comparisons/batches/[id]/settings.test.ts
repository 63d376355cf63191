import { expect, test } from 'vitest'
import { changesOf, settingsOf } from './settings.ts'

const batch = {
  name: 'round 1',
  priority: { low: 2, high: 2 },
  overlap: { low: 3, high: 3 },
  assignees: [{ id: 'a' }, { id: 'b' }],
  assigneesMixed: false,
  goldRate: 0.07,
  repeatRate: 0,
}
const before = settingsOf(batch)

test('only what was changed is sent, rates as shares', () => {
  expect(before.goldPercent).toBe(7)
  expect(changesOf(before, { ...before, name: ' round 1 ', assigneeIds: ['b', 'a'] })).toEqual({})
  const now = { ...before, name: 'round 2', assigneeIds: [], repeatPercent: 12.5, overlap: 1 }
  expect(changesOf(before, now)).toEqual({ name: 'round 2', assigneeIds: [], repeatRate: 0.125, overlap: 1 })
})

test('a number field left empty changes nothing', () => {
  expect(changesOf(before, { ...before, priority: Number.NaN, goldPercent: Number.NaN })).toEqual({})
})

test('what the comparisons do not share stays as it is, until it is chosen for all of them', () => {
  const mixed = settingsOf({ ...batch, overlap: { low: 1, high: 3 }, assignees: [], assigneesMixed: true })
  expect(changesOf(mixed, mixed)).toEqual({})
  expect(changesOf(mixed, { ...mixed, overlap: 3, assigneeIds: [] })).toEqual({ overlap: 3, assigneeIds: [] })
})
