'use client'

import { GripVertical } from 'lucide-react'
import { type PointerEvent, type ReactNode, useEffect, useRef } from 'react'
import { cx } from '../../ui/cx.ts'
import { Markdown } from '../../ui/markdown.tsx'
import type { Segment } from './differences.ts'
import { letter } from './ranking-state.ts'

export interface CardProps {
  card: number
  size: number
  text: string
  /** Marked differences, drawn instead of the rendered text. */
  segments: Segment[] | null
  mark: number | null
  badge: string | null
  isFocused: boolean
  /** The focus came here by a key: bring the card into view and let a screen reader read it. */
  pulls: boolean
  flag: ReactNode
  onFocus: () => void
  onRank: (mark: number) => void
  onClear: () => void
  onGrab: (event: PointerEvent) => void
}

/** One response, whole. */
export function Card({ card, text, segments, badge, isFocused, pulls, onFocus, ...props }: CardProps) {
  const element = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!isFocused || !pulls || element.current?.contains(document.activeElement)) return
    element.current?.focus({ preventScroll: true })
    element.current?.scrollIntoView({ block: 'nearest' })
  }, [isFocused, pulls])
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
        'min-w-0 rounded-md border bg-surface outline-none',
        isFocused ? 'border-focus ring-1 ring-focus' : 'border-line',
      )}
    >
      <CardHead card={card} badge={badge} {...props} />
      <div className="px-3 pt-1 pb-4 text-16 sm:px-4">
        {segments ? <Marked segments={segments} /> : <Markdown>{text}</Markdown>}
      </div>
    </article>
  )
}

function CardHead({
  card,
  size,
  mark,
  badge,
  flag,
  onRank,
  onClear,
  onGrab,
}: Pick<CardProps, 'card' | 'size' | 'mark' | 'badge' | 'flag' | 'onRank' | 'onClear' | 'onGrab'>) {
  return (
    <header className="sticky top-0 z-10 flex flex-wrap items-center gap-x-2 rounded-t-md bg-surface px-1.5 py-1.5 sm:px-2.5">
      <span
        aria-hidden
        data-grab={letter(card)}
        title="Drag into your order"
        onPointerDown={onGrab}
        className={cx(
          '-mr-1 flex h-7 w-6 cursor-grab touch-none items-center justify-center text-ink-3 hover:text-ink',
          // On a phone a pair has its three buttons instead of the order to drag into.
          size === 2 && 'max-sm:hidden',
        )}
      >
        <GripVertical />
      </span>
      <h2 className="w-4 text-14 font-semibold">{letter(card)}</h2>
      {size > 2 && <RankRow card={card} size={size} mark={mark} onRank={onRank} onClear={onClear} />}
      <span className="ml-auto flex items-center">
        {badge && (
          <span className="mr-1 rounded-sm bg-ink px-1.5 text-13 font-medium whitespace-nowrap text-canvas tabular-nums">
            {badge}
          </span>
        )}
        {flag}
      </span>
    </header>
  )
}

/** 1 … K, for the mouse and for fingers. The rank it has, pressed again, clears it. */
function RankRow({
  card,
  size,
  mark,
  onRank,
  onClear,
}: Pick<CardProps, 'card' | 'size' | 'mark' | 'onRank' | 'onClear'>) {
  return (
    <fieldset aria-label={`Rank of response ${letter(card)}`} className="flex">
      {Array.from({ length: size }, (_, index) => index + 1).map((rank) => (
        <button
          key={rank}
          type="button"
          aria-pressed={mark === rank}
          // The focus stays on the card, so that Enter goes on meaning submit.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => (mark === rank ? onClear() : onRank(rank))}
          className={cx(
            'h-7 min-w-6 rounded-sm px-1 text-13 tabular-nums pointer-coarse:h-8 pointer-coarse:min-w-7',
            mark === rank ? 'bg-ink font-medium text-canvas' : 'text-ink-3 hover:bg-hover hover:text-ink',
          )}
        >
          {rank}
        </button>
      ))}
    </fieldset>
  )
}

function Marked({ segments }: { segments: Segment[] }) {
  return (
    <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">
      {segments.map(({ text, changed }, index) =>
        changed ? (
          <mark
            key={index}
            className="rounded-sm bg-ink/10 text-ink underline decoration-ink-3 decoration-1 underline-offset-4"
          >
            {text}
          </mark>
        ) : (
          <span key={index}>{text}</span>
        ),
      )}
    </p>
  )
}
