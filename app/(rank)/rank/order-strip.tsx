'use client'

import type { PointerEvent, ReactNode } from 'react'
import { cx } from '../../ui/cx.ts'
import { groupsOf, othersOf, type Place, samePlace } from './places.ts'
import { type Edit, letter } from './ranking-state.ts'
import type { Drag, Grab } from './use-drag.ts'
import type { Lift } from './use-lift.ts'

/** 'A › B = C', and while a card is dragged the gaps and groups it can go to. */
export function OrderStrip({
  marks,
  edit,
  drag,
  lift,
  onGrab,
}: {
  marks: readonly (number | null)[]
  edit: Edit | null
  drag: Drag | null
  lift: Lift | null
  onGrab: Grab
}) {
  // A dragged card is under the pointer, a picked up one is shown where it would go.
  const groups = drag ? othersOf(marks, drag.card) : groupsOf(lift?.marks ?? marks)
  const isOver = (place: Place) => Boolean(drag?.over && samePlace(drag.over, place))
  const isEmpty = groups.length === 0 && !edit
  return (
    <div
      data-order
      className="-m-1 flex max-h-[30dvh] min-h-10 flex-wrap items-center gap-y-1 overflow-y-auto p-1"
    >
      {isEmpty && !drag && (
        <span className="text-ink-3">
          {lift ? 'out of the order' : 'nothing yet'}
          {marks.length > 2 && !lift && (
            <span className="pointer-coarse:hidden">: press a number, or drag a card here</span>
          )}
        </span>
      )}
      {edit && (
        <>
          <Chip isMarked>{letter(edit.card)}′</Chip>
          {groups.length > 0 && !drag && <Arrow />}
        </>
      )}
      {groups.map((group, place) => (
        <span key={group.join()} className="flex items-center">
          {drag ? (
            <Gap
              place={place}
              word={place === 0 ? 'best' : '›'}
              isOver={isOver({ how: 'before', group: place })}
            />
          ) : (
            place > 0 && <Arrow />
          )}
          <span
            data-drop={drag ? `with ${place}` : undefined}
            className={cx(
              'flex items-center gap-1 rounded-md',
              drag &&
                'min-h-8 px-1 -outline-offset-1 outline-1 outline-dashed outline-line-strong pointer-coarse:min-h-11',
              isOver({ how: 'with', group: place }) && 'bg-spark/30 outline-2! outline-focus!',
            )}
          >
            {group.map((card, index) => (
              <span key={card} className="flex items-center gap-1">
                {index > 0 && <span className="text-ink-3">=</span>}
                <Chip isLifted={lift?.card === card} onGrab={(event) => onGrab(card, event)}>
                  {letter(card)}
                </Chip>
              </span>
            ))}
          </span>
        </span>
      ))}
      {drag && (
        <>
          <Gap
            place={groups.length}
            word={groups.length === 0 ? 'Drop here' : 'worst'}
            isOver={isOver({ how: 'before', group: groups.length })}
          />
          <Gap place="out" word="no rank" isOver={isOver({ how: 'out' })} />
          <Ghost drag={drag} />
        </>
      )}
      {lift?.place.how === 'out' && !isEmpty && (
        <span className="ml-2 text-13 text-ink-3">{letter(lift.card)} without a rank</span>
      )}
    </div>
  )
}

function Chip({
  isLifted,
  isMarked,
  onGrab,
  children,
}: {
  isLifted?: boolean
  /** Written by the annotator; it stays first. */
  isMarked?: boolean
  onGrab?: (event: PointerEvent) => void
  children: ReactNode
}) {
  return (
    <span
      onPointerDown={onGrab}
      className={cx(
        'flex h-6 min-w-6 items-center justify-center rounded-sm border bg-surface px-1.5 font-medium pointer-coarse:h-8 pointer-coarse:min-w-8',
        onGrab && 'cursor-grab touch-none',
        isLifted ? 'border-focus ring-2 ring-focus' : 'border-line-strong',
        isMarked && 'border-dashed',
      )}
    >
      {children}
      {isMarked && <span className="ml-1 text-13 font-normal text-ink-2">yours</span>}
    </span>
  )
}

function Arrow() {
  return (
    <span aria-hidden className="px-1.5 text-ink-3">
      ›
    </span>
  )
}

function Gap({ place, word, isOver }: { place: number | 'out'; word: string; isOver: boolean }) {
  return (
    <span
      data-drop={place === 'out' ? 'out' : `before ${place}`}
      className={cx(
        'mx-0.5 flex h-8 min-w-8 items-center justify-center rounded-md px-2 text-13 text-ink-3 -outline-offset-1 outline-1 outline-dashed outline-line-strong pointer-coarse:h-11 pointer-coarse:min-w-11',
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
