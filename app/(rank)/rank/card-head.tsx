'use client'

import { ChevronLeft, ChevronRight, GripVertical, PencilLine } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import type { CardProps } from './card-props.ts'
import { RankRow } from './rank-row.tsx'
import { letter } from './ranking-state.ts'

/** The handle, the rank, and what can be done with one response. */
export function CardHead({
  card,
  size,
  carousel,
  mark,
  badge,
  isLifted,
  isImproved,
  flag,
  onRank,
  onClear,
  onImprove,
  onLift,
  onJump,
  onGrab,
}: CardProps) {
  return (
    <header className="sticky top-0 z-10 flex flex-wrap items-center gap-x-2 rounded-t-md bg-surface px-1.5 py-1.5 sm:px-2.5">
      <button
        type="button"
        data-grab={letter(card)}
        title="Drag into your order"
        aria-label={`Move response ${letter(card)}`}
        aria-pressed={isLifted}
        onPointerDown={onGrab}
        // Enter and Space; a screen reader's own click comes without a key.
        onClick={(event) => event.detail === 0 && onLift()}
        onKeyDown={(event) => {
          if (isLifted || event.repeat || (event.key !== 'Enter' && event.key !== ' ')) return
          event.preventDefault()
          onLift()
        }}
        onKeyUp={(event) => event.key === ' ' && event.preventDefault()}
        className="-mr-1 flex h-7 w-6 cursor-grab touch-none items-center justify-center rounded-sm text-ink-3 hover:text-ink aria-pressed:bg-hover aria-pressed:text-ink pointer-coarse:size-11"
      >
        <GripVertical aria-hidden />
      </button>
      <h2 className="w-4 text-14 font-semibold">{letter(card)}</h2>
      {size > 2 && !carousel && (
        <RankRow card={card} size={size} mark={mark} onRank={onRank} onClear={onClear} />
      )}
      <span className="ml-auto flex items-center">
        {/* Its place is kept, so that a rank moves nothing. */}
        <span
          aria-hidden={badge === null}
          className={cx(
            'mr-1 min-w-12 rounded-sm bg-ink px-1.5 text-center text-13 font-medium whitespace-nowrap text-canvas tabular-nums',
            badge === null && 'invisible',
          )}
        >
          {badge ?? '='}
        </span>
        <Button
          kind="quiet"
          size="small"
          aria-label={
            isImproved
              ? `Improved: change your version of ${letter(card)}`
              : `Improve response ${letter(card)}`
          }
          className={cx('px-1.5! pointer-coarse:h-11 pointer-coarse:min-w-11', isImproved && 'text-ink!')}
          onPress={onImprove}
        >
          <PencilLine aria-hidden />
          {isImproved && <span>Improved</span>}
        </Button>
        {flag}
        {size === 2 && carousel && <Other card={1 - card} onJump={onJump} />}
      </span>
    </header>
  )
}

/** The other of a pair, where only one is on screen. */
function Other({ card, onJump }: { card: number; onJump: CardProps['onJump'] }) {
  return (
    <Button
      kind="quiet"
      size="small"
      className="px-1.5! pointer-coarse:h-11 pointer-coarse:min-w-11"
      onPress={() => onJump(card)}
    >
      {card === 0 && <ChevronLeft aria-hidden />}
      <span>
        <span className="sr-only">Go to </span>
        {letter(card)}
      </span>
      {card === 1 && <ChevronRight aria-hidden />}
    </Button>
  )
}
