import { expect, it } from 'vitest'
import { openChoices } from './remembered.ts'

function shelf() {
  const entries = new Map<string, string>()
  const room = { left: true }
  const storage = {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem(key: string, value: string) {
      if (!room.left) throw new DOMException('Full.', 'QuotaExceededError')
      entries.set(key, value)
    },
  } as Storage
  return { room, storage, choices: openChoices(() => storage) }
}

it('keeps a choice in memory while the browser has no room, and in storage again after', () => {
  const { room, storage, choices } = shelf()
  choices.write('layout', 'side')
  room.left = false
  choices.write('layout', 'stack')
  expect([choices.read('layout'), storage.getItem('layout')]).toEqual(['stack', 'side'])
  room.left = true
  choices.write('layout', 'side')
  expect([choices.read('layout'), storage.getItem('layout')]).toEqual(['side', 'side'])
})

it('follows another tab that found room', () => {
  const { room, storage, choices } = shelf()
  room.left = false
  choices.write('layout', 'stack')
  room.left = true
  storage.setItem('layout', 'side')
  choices.heard('layout')
  expect(choices.read('layout')).toBe('side')
})

it('hides no other failure of the storage', () => {
  const denied = new DOMException('Denied.', 'SecurityError')
  const choices = openChoices(() => {
    throw denied
  })
  expect(() => choices.write('layout', 'side')).toThrow(denied)
})
