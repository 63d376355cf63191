import { isFull } from './outbox.ts'

/** False when storage is full: it then holds what it held before. */
export function store(storage: Storage, key: string, value: string): boolean {
  try {
    storage.setItem(key, value)
    return true
  } catch (error) {
    if (isFull(error)) return false
    throw error
  }
}

/** Choices by key; one for which the browser has no room lives as long as the page, or until another tab chooses. */
export function openChoices(storage: () => Storage) {
  const inMemory = new Map<string, string>()
  return {
    read: (key: string) => inMemory.get(key) ?? storage().getItem(key),
    write(key: string, value: string) {
      if (store(storage(), key, value)) inMemory.delete(key)
      else inMemory.set(key, value)
    },
    /** Another tab has stored something under this key. */
    heard: (key: string) => inMemory.delete(key),
  }
}
