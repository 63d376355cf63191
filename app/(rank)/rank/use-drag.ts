'use client'

import { type PointerEvent as ReactPointerEvent, useCallback, useEffect, useRef, useState } from 'react'

export interface Drop {
  group: number
  how: 'with' | 'before'
}

export interface Drag {
  card: number
  x: number
  y: number
  over: Drop | null
}

/**
 * Drags a card by its handle, with mouse, pen or finger. A place to drop is an element with
 * `data-drop="before 2"` or `"with 0"` (a gap or a group of the order). Escape gives up.
 */
export function useDrag(onDrop: (card: number, drop: Drop) => void) {
  const [drag, setDrag] = useState<Drag | null>(null)
  const held = useRef<number | null>(null)
  const latest = useRef(onDrop)
  latest.current = onDrop
  const dragging = drag !== null

  const grab = useCallback((card: number, event: ReactPointerEvent) => {
    if (event.button !== 0) return
    event.preventDefault()
    held.current = card
    setDrag({ card, x: event.clientX, y: event.clientY, over: null })
  }, [])

  useEffect(() => {
    if (!dragging) return
    const move = (event: PointerEvent) =>
      setDrag((now) => now && { ...now, x: event.clientX, y: event.clientY, over: dropAt(event) })
    const up = (event: PointerEvent) => {
      const card = held.current
      const drop = dropAt(event)
      cancel()
      if (card !== null && drop) latest.current(card, drop)
    }
    const cancel = () => {
      held.current = null
      setDrag(null)
    }
    const giveUp = (event: KeyboardEvent) => event.key === 'Escape' && cancel()
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', up)
    window.addEventListener('pointercancel', cancel)
    window.addEventListener('keydown', giveUp)
    return () => {
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', up)
      window.removeEventListener('pointercancel', cancel)
      window.removeEventListener('keydown', giveUp)
    }
  }, [dragging])

  return { drag, grab }
}

function dropAt(event: PointerEvent): Drop | null {
  const place = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-drop]')
  const [how, group] = place?.dataset.drop?.split(' ') ?? []
  return how === 'with' || how === 'before' ? { how, group: Number(group) } : null
}
