'use client'

import { type PointerEvent as ReactPointerEvent, useCallback, useEffect, useRef, useState } from 'react'
import type { Place } from './places.ts'

export interface Drag {
  card: number
  x: number
  y: number
  over: Place | null
}

export type Grab = (card: number, event: ReactPointerEvent) => void

/** A press that moves less than this (px) is no drag. */
const slack = 4
/** So near (px) to the edge of a box of places that scrolls, it scrolls on. */
const edge = 28

/**
 * Drags a card by its handle, with mouse, pen or finger. A place to drop is an element with `data-drop="before 2"`,
 * `"with 0"` or `"out"` (a gap, a group of the order, no rank). Escape gives up.
 */
export function useDrag(onDrop: (card: number, place: Place) => void) {
  const [drag, setDrag] = useState<Drag | null>(null)
  const held = useRef<{ card: number; x: number; y: number; moved: boolean } | null>(null)
  const latest = useRef(onDrop)
  latest.current = onDrop

  useEffect(() => {
    const cancel = () => {
      held.current = null
      setDrag(null)
    }
    const move = (event: PointerEvent) => {
      const grip = held.current
      if (!grip) return
      const { clientX: x, clientY: y } = event
      grip.moved ||= Math.hypot(x - grip.x, y - grip.y) >= slack
      if (!grip.moved) return
      scrollAtEdge(y)
      setDrag({ card: grip.card, x, y, over: placeAt(x, y) })
    }
    const up = (event: PointerEvent) => {
      const grip = held.current
      if (!grip) return
      const place = grip.moved ? placeAt(event.clientX, event.clientY) : null
      cancel()
      if (place) latest.current(grip.card, place)
    }
    const giveUp = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !held.current) return
      event.preventDefault()
      cancel()
    }
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', up)
    window.addEventListener('pointercancel', cancel)
    window.addEventListener('keydown', giveUp, true)
    return () => {
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', up)
      window.removeEventListener('pointercancel', cancel)
      window.removeEventListener('keydown', giveUp, true)
    }
  }, [])

  const grab: Grab = useCallback((card, event) => {
    if (event.button !== 0 || !event.isPrimary) return
    // No text is selected on the way; the handle may still take the focus.
    event.preventDefault()
    held.current = { card, x: event.clientX, y: event.clientY, moved: false }
  }, [])
  return { drag, grab }
}

function placeAt(x: number, y: number): Place | null {
  const place = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-drop]')
  const [how, group] = place?.dataset.drop?.split(' ') ?? []
  if (how === 'out') return { how }
  return how === 'with' || how === 'before' ? { how, group: Number(group) } : null
}

function scrollAtEdge(y: number) {
  const box = document.querySelector<HTMLElement>('[data-order]')
  if (!box) return
  const { top, bottom } = box.getBoundingClientRect()
  if (y > bottom - edge && y < bottom + edge) box.scrollTop += 6
  if (y < top + edge && y > top - edge) box.scrollTop -= 6
}
