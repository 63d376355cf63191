'use client'

import { useEffect, useRef } from 'react'
import type { Bindings } from './bindings.ts'
import { type Intent, intentOf, type KeyContext } from './keys.ts'

export interface KeyOptions {
  size: number
  bindings: Bindings
  stacked: boolean
  dialogOpen: boolean
  /** While a card is picked up, keys are its own: whether this one was. */
  onDragKey: ((key: string) => boolean) | null
  /** When the item came on screen, by performance.now(); null before that. */
  shownAt: number | null
  onIntent: (intent: Intent) => void
}

/** Listens on the window; what a press means is decided by `intentOf`. */
export function useKeys(options: KeyOptions) {
  const latest = useRef(options)
  latest.current = options
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // Whoever has the focus has answered it.
      if (event.defaultPrevented) return
      const { size, bindings, stacked, dialogOpen, onDragKey, shownAt, onIntent } = latest.current
      const target = event.target instanceof Element ? event.target : document.body
      if (onDragKey) {
        const repeats = event.repeat && !event.key.startsWith('Arrow')
        if (!repeats && !event.ctrlKey && !event.metaKey && !event.altKey && onDragKey(event.key))
          event.preventDefault()
        return
      }
      const intent = intentOf(event, {
        size,
        bindings,
        stacked,
        on: placeOf(target),
        inComment: target.id === commentId,
        dialogOpen: dialogOpen || target.closest('[role=dialog], [role=menu], [role=listbox]') !== null,
        shownFor: shownAt === null ? 0 : performance.now() - shownAt,
      })
      if (!intent) return
      event.preventDefault()
      onIntent(intent)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}

export const commentId = 'ranking-comment'

function placeOf(target: Element): KeyContext['on'] {
  if (target.closest('textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])'))
    return 'text'
  if (target.closest('[role=radiogroup]')) return 'radio'
  return target.closest('button, a[href], summary') ? 'button' : 'page'
}
