import { expect, test } from 'vitest'
import { announceTab } from './other-tabs.ts'

function memoryStorage(): Storage {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  }
}

test('tabs of one annotator know of one another until they close', () => {
  const storage = memoryStorage()
  const first = announceTab(storage, 'ann')
  expect(first.others()).toBe(false)
  const second = announceTab(storage, 'ann')
  expect([first.others(), second.others()]).toEqual([true, true])
  first.end()
  expect(second.others()).toBe(false)
  second.end()
  expect(storage.length).toBe(0)
})

test("another annotator's tab, and one that was killed minutes ago or in a time to come, do not count", () => {
  const storage = memoryStorage()
  storage.setItem('whetstone.tab.ann.killed', String(Date.now() - 600_000))
  storage.setItem('whetstone.tab.ann.ahead', String(Date.now() + 600_000))
  const other = announceTab(storage, 'bob')
  const own = announceTab(storage, 'ann')
  expect(own.others()).toBe(false)
  expect(storage.getItem('whetstone.tab.ann.killed')).toBeNull()
  expect(storage.getItem('whetstone.tab.ann.ahead')).toBeNull()
  own.end()
  other.end()
})
