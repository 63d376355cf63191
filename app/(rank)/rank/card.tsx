'use client'

import { type PointerEvent, type ReactNode, useEffect, useRef } from 'react'
import { cx } from '../../ui/cx.ts'
import { Markdown } from '../../ui/markdown.tsx'
import { CardHead } from './card-head.tsx'
import { letter } from './ranking-state.ts'
import { RawText } from './raw-text.tsx'

export interface CardProps {
  card: number
  size: number
  text: string
  /** As it was written, instead of rendered. */
  raw: boolean
  /** Alone on the screen; scrolls within itself. */
  carousel: boolean
  mark: number | null
  badge: string | null
  isFocused: boolean
  /** Picked up by the keyboard. */
  isLifted: boolean
  isImproved: boolean
  /** The focus came here by a key: bring the card into view and let a screen reader read it. */
  pulls: boolean
  flag: ReactNode
  /** Its flags in words. */
  flagged: ReactNode
  onFocus: () => void
  onRank: (mark: number) => void
  onClear: () => void
  onImprove: () => void
  onLift: () => void
  /** Goes to another card of the carousel. */
  onJump: (card: number) => void
  onGrab: (event: PointerEvent) => void
}

/** One response, whole. */
export function Card(props: CardProps) {
  const { card, text, raw, carousel, badge, isFocused, isLifted, pulls, flagged, onFocus } = props
  const element = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!isFocused || !pulls || element.current?.contains(document.activeElement)) return
    element.current?.focus({ preventScroll: true })
    if (!carousel) element.current?.scrollIntoView({ block: 'nearest' })
  }, [isFocused, pulls, carousel])
  return (
    <article
      ref={element}
      tabIndex={isFocused ? 0 : -1}
      aria-label={`Response ${letter(card)}, ${badge?.replace(' =', ', tied') ?? 'not ranked'}`}
      data-card={letter(card)}
      data-active={isFocused || undefined}
      onFocus={onFocus}
      onPointerDown={onFocus}
      className={cx(
        'min-w-0 scroll-mb-3 bg-surface outline-none [@media(max-height:38rem)]:scroll-mb-44',
        carousel
          ? 'w-full shrink-0 snap-center snap-always overflow-y-auto overscroll-y-contain'
          : cx('rounded-md border', isFocused ? 'border-focus ring-1 ring-focus' : 'border-line'),
        isLifted && 'ring-2! ring-focus',
      )}
    >
      <CardHead {...props} />
      <div data-text className="px-3 pt-1 pb-4 text-16 sm:px-4">
        {text.trim() === '' ? (
          <p data-unmarked className="text-ink-3 italic">
            An empty response
          </p>
        ) : raw ? (
          <RawText text={text} />
        ) : (
          <Markdown>{text}</Markdown>
        )}
      </div>
      <div className="px-3 pb-3 empty:hidden sm:px-4">{flagged}</div>
    </article>
  )
}
