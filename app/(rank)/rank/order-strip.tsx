'use client'

import type { PointerEvent } from 'react'
import { cx } from '../../ui/cx.ts'
import { groupsOf, letter } from './ranking-state.ts'
import type { Drag, Drop } from './use-drag.ts'

/** 'A › B = C', and while a card is dragged the gaps and groups it can go to. */
export function OrderStrip({
  marks,
  drag,
  onGrab,
}: {
  marks: readonly (number | null)[]
  drag: Drag | null
  onGrab: (card: number, event: PointerEvent) => void
}) {
  const groups = groupsOf(marks)
  const isOver = (how: Drop['how'], group: number) => drag?.over?.how === how && drag.over.group === group
  return (
    <div data-order className="flex min-h-8 flex-wrap items-center gap-y-1">
      {groups.length === 0 && !drag && (
        <span className="text-ink-3">
          nothing yet
          {marks.length > 2 && (
            <span className="pointer-coarse:hidden">: press a number, or drag a card here</span>
          )}
        </span>
      )}
      {groups.map((group, place) => (
        <span key={group.join()} className="flex items-center">
          <Gap place={place} drag={drag} isOver={isOver('before', place)} first={place === 0} />
          <span
            data-drop={`with ${place}`}
            className={cx(
              'flex items-center gap-1 rounded-md',
              drag && 'px-1 py-0.5 outline-1 outline-dashed outline-line-strong',
              isOver('with', place) && 'bg-spark/30 outline-2! outline-focus!',
            )}
          >
            {group.map((card, index) => (
              <span key={card} className="flex items-center gap-1">
                {index > 0 && <span className="text-ink-3">=</span>}
                <span
                  onPointerDown={(event) => onGrab(card, event)}
                  className="flex h-6 min-w-6 cursor-grab touch-none items-center justify-center rounded-sm border border-line-strong bg-surface px-1.5 font-medium"
                >
                  {letter(card)}
                </span>
              </span>
            ))}
          </span>
        </span>
      ))}
      {drag && (
        <Gap
          place={groups.length}
          drag={drag}
          isOver={isOver('before', groups.length)}
          first={groups.length === 0}
          last
        />
      )}
      {drag && <Ghost drag={drag} />}
    </div>
  )
}

function Gap({
  place,
  drag,
  isOver,
  first,
  last,
}: {
  place: number
  drag: Drag | null
  isOver: boolean
  first: boolean
  last?: boolean
}) {
  if (!drag)
    return first ? null : (
      <span aria-hidden className="px-1.5 text-ink-3">
        ›
      </span>
    )
  const word = first && last ? 'Drop here' : first ? 'best' : last ? 'worst' : '›'
  return (
    <span
      data-drop={`before ${place}`}
      className={cx(
        'mx-0.5 flex h-8 min-w-8 items-center justify-center rounded-md px-2 text-13 text-ink-3 outline-1 outline-dashed outline-line-strong',
        isOver && 'bg-spark/30 text-ink! outline-2! outline-focus!',
      )}
    >
      {word}
    </span>
  )
}

function Ghost({ drag }: { drag: Drag }) {
  return (
    <span
      aria-hidden
      style={{ left: drag.x, top: drag.y }}
      className="pointer-events-none fixed z-50 -translate-x-1/2 -translate-y-[140%] rounded-md border border-line-strong bg-surface px-3 py-1 font-semibold shadow-overlay"
    >
      {letter(drag.card)}
    </span>
  )
}
