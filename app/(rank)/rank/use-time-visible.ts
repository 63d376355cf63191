'use client'

import { useEffect, useRef } from 'react'

/** A function that tells the milliseconds since mount during which the tab was visible. */
export function useTimeVisible(): () => number {
  const spent = useRef(0)
  const since = useRef<number | null>(null)
  useEffect(() => {
    const change = () => {
      if (since.current !== null) spent.current += performance.now() - since.current
      since.current = document.visibilityState === 'visible' ? performance.now() : null
    }
    spent.current = 0
    since.current = null
    change()
    document.addEventListener('visibilitychange', change)
    return () => document.removeEventListener('visibilitychange', change)
  }, [])
  return () => Math.round(spent.current + (since.current === null ? 0 : performance.now() - since.current))
}
