'use client'

import { cx } from '../../ui/cx.ts'
import { letter } from './ranking-state.ts'

/** 1 … K, for the mouse and for fingers. The rank it has, pressed again, clears it. */
export function RankRow({
  card,
  size,
  mark,
  thumb,
  onRank,
  onClear,
}: {
  card: number
  size: number
  mark: number | null
  /** As wide as the screen, within reach of the thumb. */
  thumb?: boolean
  onRank: (mark: number) => void
  onClear: () => void
}) {
  return (
    <fieldset
      aria-label={`Rank of response ${letter(card)}`}
      className={cx('flex', thumb && 'w-full gap-px')}
    >
      {Array.from({ length: size }, (_, index) => index + 1).map((rank) => (
        <button
          key={rank}
          type="button"
          aria-pressed={mark === rank}
          // The focus stays on the card, so that Enter goes on meaning submit.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => (mark === rank ? onClear() : onRank(rank))}
          className={cx(
            'rounded-sm tabular-nums',
            thumb
              ? 'h-11 min-w-0 flex-1 text-16'
              : 'h-7 min-w-6 px-1 text-13 pointer-coarse:h-11 pointer-coarse:min-w-9',
            mark === rank ? 'bg-ink font-medium text-canvas' : 'text-ink-3 hover:bg-hover hover:text-ink',
            thumb && mark !== rank && 'bg-hover text-ink!',
          )}
        >
          {rank}
        </button>
      ))}
    </fieldset>
  )
}
