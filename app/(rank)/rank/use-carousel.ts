'use client'

import { type RefObject, useEffect, useRef } from 'react'

/** Cards one a screen: the focus follows the card swiped into view, and the view follows the focus. */
export function useCarousel(
  box: RefObject<HTMLElement | null>,
  { on, focus, onSee }: { on: boolean; focus: number; onSee: (card: number) => void },
) {
  const latest = useRef({ focus, onSee })
  latest.current = { focus, onSee }
  // The card that the page itself is scrolling to.
  const target = useRef<number | null>(null)

  useEffect(() => {
    const element = box.current
    if (!on || !element) return
    const leftOf = (card: number) => card * element.clientWidth
    const see = () => {
      const seen = Math.round(element.scrollLeft / Math.max(1, element.clientWidth))
      if (target.current !== null && target.current !== seen) return
      target.current = null
      if (seen !== latest.current.focus) latest.current.onSee(seen)
    }
    const byHand = () => {
      target.current = null
    }
    const stay = new ResizeObserver(() =>
      element.scrollTo({ left: leftOf(latest.current.focus), behavior: 'instant' }),
    )
    stay.observe(element)
    element.addEventListener('scroll', see, { passive: true })
    element.addEventListener('touchstart', byHand, { passive: true })
    element.addEventListener('wheel', byHand, { passive: true })
    return () => {
      stay.disconnect()
      element.removeEventListener('scroll', see)
      element.removeEventListener('touchstart', byHand)
      element.removeEventListener('wheel', byHand)
    }
  }, [box, on])

  useEffect(() => {
    const element = box.current
    if (!on || !element) return
    // A card that the finger has brought half into view snaps by itself; on its way elsewhere the page must turn back.
    if (
      target.current === null &&
      Math.round(element.scrollLeft / Math.max(1, element.clientWidth)) === focus
    )
      return
    target.current = focus
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    element.scrollTo({ left: focus * element.clientWidth, behavior: calm ? 'instant' : 'smooth' })
  }, [box, on, focus])
}
