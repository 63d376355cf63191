'use client'

import { useCallback, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
function subscribe(notify: () => void) {
  listeners.add(notify)
  window.addEventListener('storage', notify)
  return () => {
    listeners.delete(notify)
    window.removeEventListener('storage', notify)
  }
}

/** A choice kept in this browser; the server and the first draw use the initial one. */
export function useRemembered<T extends string>(name: string, initial: T): [T, (value: T) => void] {
  const key = `whetstone.${name}`
  const read = () => (localStorage.getItem(key) as T | null) ?? initial
  const value = useSyncExternalStore(subscribe, read, () => initial)
  const set = useCallback(
    (next: T) => {
      localStorage.setItem(key, next)
      for (const notify of listeners) notify()
    },
    [key],
  )
  return [value, set]
}
