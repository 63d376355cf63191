'use client'

import { type ReactNode, useEffect, useRef, useState } from 'react'

/** Scrolls sideways when its content is too wide, and only then is a stop for the keyboard. */
export function Scroller({
  label,
  className,
  inText,
  children,
}: {
  label: string
  className?: string
  /** Within a paragraph, where only a span may stand. */
  inText?: boolean
  children: ReactNode
}) {
  const box = useRef<HTMLDivElement>(null)
  const [wide, setWide] = useState(false)
  useEffect(() => {
    const element = box.current
    if (!element) return
    const look = () => setWide(element.scrollWidth > element.clientWidth + 1)
    const observer = new ResizeObserver(look)
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [])
  const Box = inText ? 'span' : 'div'
  return (
    <Box
      ref={box}
      className={`block overflow-x-auto overflow-y-hidden ${className ?? ''}`}
      {...(wide && { role: 'group', 'aria-label': label, tabIndex: 0 })}
    >
      {children}
    </Box>
  )
}
