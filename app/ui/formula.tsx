'use client'

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Scroller } from './scroller.tsx'

type Draw = (tex: string, display: boolean) => string

let draw: Draw | null = null
let loading: Promise<void> | null = null
const listeners = new Set<() => void>()

/** Brings KaTeX with its styles and fonts, once, when there is mathematics to draw. */
export function loadFormulas(): Promise<void> {
  loading ??= import('./katex-renderer.ts').then(({ drawFormula }) => {
    draw = drawFormula
    for (const notify of listeners) notify()
  })
  return loading
}

function subscribe(notify: () => void) {
  listeners.add(notify)
  return () => {
    listeners.delete(notify)
  }
}

/** One formula; its source until KaTeX is there, and where it is broken. */
export function Formula({ tex, display, source }: { tex: string; display: boolean; source: string }) {
  const drawing = useSyncExternalStore(
    subscribe,
    () => draw,
    () => null,
  )
  useEffect(() => {
    void loadFormulas()
  }, [])
  const box = useRef<HTMLSpanElement>(null)
  // Wider than its text: it scrolls like a formula on a line of its own.
  const [wide, setWide] = useState(false)
  const drawn = useMemo(() => (drawing ? drawnBy(drawing, tex, display) : null), [drawing, tex, display])
  useEffect(() => {
    if (!drawn?.html || display || !box.current) return
    return measureWhenSeen(box.current, () => setWide(true))
  }, [drawn, display])
  if (!drawn) return <code className="formula-source">{source}</code>
  if (drawn.problem !== null)
    return (
      <code className="formula-source" title={`This formula cannot be drawn: ${drawn.problem}`}>
        {source}
      </code>
    )
  // biome-ignore lint/security/noDangerouslySetInnerHtml: KaTeX's own output, which escapes what it is given
  const html = <span ref={box} dangerouslySetInnerHTML={{ __html: drawn.html }} />
  return display || wide ? (
    <Scroller inText label="Formula" className="formula-display">
      {html}
    </Scroller>
  ) : (
    html
  )
}

const onWide = new WeakMap<Element, () => void>()
let observer: IntersectionObserver | null = null

/** Calls back when an inline formula turns out wider than its text. Asked of the browser once it is laid out, never before. */
function measureWhenSeen(element: Element, then: () => void): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, boundingClientRect } of entries) {
      const room = target.closest('.prose-text')?.clientWidth
      if (room && boundingClientRect.width > room) onWide.get(target)?.()
    }
  })
  onWide.set(element, then)
  observer.observe(element)
  return () => observer!.unobserve(element)
}

function drawnBy(drawing: Draw, tex: string, display: boolean) {
  try {
    return { html: drawing(tex, display), problem: null }
  } catch (error) {
    return { html: '', problem: error instanceof Error ? error.message : String(error) }
  }
}
