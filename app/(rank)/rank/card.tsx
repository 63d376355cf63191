'use client'

import { useEffect, useRef, useState } from 'react'
import { cx } from '../../ui/cx.ts'
import { Markdown } from '../../ui/markdown.tsx'
import { CardHead } from './card-head.tsx'
import type { CardProps } from './card-props.ts'
import { letter } from './ranking-state.ts'
import { RawText } from './raw-text.tsx'

/** Characters. */
const long = 2500
/** Once the item stands on screen, what is out of sight of its long cards is laid out too, one after another (ms). */
const calm = 800
const between = 120

/** One response, whole. */
export function Card(props: CardProps) {
  const { card, text, raw, carousel, badge, isFocused, isLifted, pulls, flagged, onFocus } = props
  const element = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!isFocused || !pulls || element.current?.contains(document.activeElement)) return
    element.current?.focus({ preventScroll: true })
    if (!carousel) element.current?.scrollIntoView({ block: 'nearest' })
  }, [isFocused, pulls, carousel])
  const isPartial = useIsPartial(text.length > long, card)
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
      <div data-text data-partial={isPartial || undefined} className="px-3 pt-1 pb-4 text-16 sm:px-4">
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

function useIsPartial(isLong: boolean, card: number): boolean {
  const [isPartial, setPartial] = useState(isLong)
  useEffect(() => {
    const timer = setTimeout(() => setPartial(false), calm + card * between)
    return () => clearTimeout(timer)
  }, [card])
  return isPartial
}
