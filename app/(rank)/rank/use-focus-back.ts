'use client'

import { useEffect, useLayoutEffect, useRef } from 'react'

/**
 * Gives the focus back in the same turn in which an overlay closes. React Aria does so a frame later, and a key that
 * comes before would mean something else than one that comes after.
 */
export function useFocusBack(isOpen: boolean) {
  const before = useRef<Element | null>(null)
  // The overlay takes the focus in an effect, so this comes first.
  useLayoutEffect(() => {
    if (isOpen) before.current = document.activeElement
  }, [isOpen])
  // The overlay's own effects end first, and with them the page is no longer inert.
  useEffect(() => {
    if (!isOpen) return
    return () => {
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true })
    }
  }, [isOpen])
}
