'use client'

import { useCallback, useSyncExternalStore } from 'react'
import { openChoices } from './remembered.ts'

const choices = openChoices(() => localStorage)

const listeners = new Set<() => void>()
function subscribe(notify: () => void) {
  listeners.add(notify)
  const hear = (event: StorageEvent) => {
    if (event.key !== null) choices.heard(event.key)
    notify()
  }
  window.addEventListener('storage', hear)
  return () => {
    listeners.delete(notify)
    window.removeEventListener('storage', hear)
  }
}

/** A choice kept in this browser, or while it has no room, on this page; the server and the first draw use the initial one. */
export function useRemembered<T extends string>(name: string, initial: T): [T, (value: T) => void] {
  const key = `whetstone.${name}`
  const read = () => (choices.read(key) as T | null) ?? initial
  const value = useSyncExternalStore(subscribe, read, () => initial)
  const set = useCallback(
    (next: T) => {
      choices.write(key, next)
      for (const notify of listeners) notify()
    },
    [key],
  )
  return [value, set]
}
