import { expect, test } from 'vitest'
import { type Assignment, type Draft, openingDraft } from './assignment.ts'
import {
  dropDraft,
  dropEdits,
  dropOldDrafts,
  editKey,
  hasDraft,
  hasEdit,
  readDraft,
  sameDraft,
  writeDraft,
} from './drafts.ts'

const day = 24 * 3_600_000

function memoryStorage(isFull = false): Storage {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      if (isFull) throw new DOMException('Full.', 'QuotaExceededError')
      items.set(key, value)
    },
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  }
}

const assignment = (size: number): Assignment => ({
  id: 'one',
  comparisonId: 'c',
  batch: null,
  leaseUntil: '2026-01-01T00:00:00Z',
  prompt: { messages: [{ role: 'user', content: 'Where is it?' }] },
  completions: Array.from({ length: size }, (_, card) => ({ id: `id-${card}`, text: `text ${card}` })),
})
const draft: Draft = {
  answer: { marks: [2, null, 1], allBad: false, strength: null, flags: [{ target: 1, flag: 'harmful' }] },
  comment: 'B is rude',
  edit: { card: 2, text: 'better' },
}

test('what was begun is read back, until it is dropped', () => {
  const storage = memoryStorage()
  expect(readDraft(storage, assignment(3))).toBeNull()
  expect(writeDraft(storage, 'one', draft, 0)).toBe(true)
  const read = readDraft(storage, assignment(3))!
  expect(read).toEqual(draft)
  expect(sameDraft(read, draft)).toBe(true)
  expect(sameDraft(read, openingDraft(assignment(3)))).toBe(false)
  dropDraft(storage, 'one')
  expect(hasDraft(storage, 'one')).toBe(false)
})

test('a draft that does not fit its item is not opened', () => {
  const storage = memoryStorage()
  writeDraft(storage, 'one', draft, 0)
  expect(readDraft(storage, assignment(2))).toBeNull()
  storage.setItem('whetstone.draft.one', '{"savedAt":0,"dra')
  expect(readDraft(storage, assignment(3))).toBeNull()
})

test('drafts of long ago are thrown away, and nothing else is', () => {
  const storage = memoryStorage()
  writeDraft(storage, 'old', draft, 0)
  writeDraft(storage, 'new', draft, 10 * day)
  storage.setItem('theme', 'dark')
  dropOldDrafts(storage, 15 * day)
  expect([hasDraft(storage, 'old'), hasDraft(storage, 'new'), storage.getItem('theme')]).toEqual([
    false,
    true,
    'dark',
  ])
})

test('a text in the making counts for its own item, until it is dropped', () => {
  const storage = memoryStorage()
  storage.setItem(editKey('one', 2), 'bett')
  storage.setItem(editKey('one', 0), 'goo')
  storage.setItem(editKey('one-more', 1), 'f')
  expect([hasEdit(storage, 'one'), hasEdit(storage, 'on')]).toEqual([true, false])
  dropEdits(storage, 'one')
  expect([hasEdit(storage, 'one'), hasEdit(storage, 'one-more')]).toEqual([false, true])
})

test('the time spent is read back, and makes no other draft of the same answer', () => {
  const storage = memoryStorage()
  writeDraft(storage, 'one', { ...draft, millisecondsSpent: 5000 }, 0)
  const read = readDraft(storage, assignment(3))!
  expect(read.millisecondsSpent).toBe(5000)
  expect(sameDraft(read, draft)).toBe(true)
})

test('a full storage is told', () => {
  expect(writeDraft(memoryStorage(true), 'one', draft, 0)).toBe(false)
})
