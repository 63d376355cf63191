'use client'

import { cx } from '../../ui/cx.ts'
import { badge, letter } from './ranking-state.ts'
import type { Item } from './use-item.ts'

/** The cards of the carousel with the ranks they have; a press goes to one. */
export function JumpRow({ item }: { item: Item }) {
  const { state, focusCard } = item
  const { marks } = state.answer
  return (
    <nav aria-label="Responses" className="flex gap-px">
      {state.edit && (
        <button
          type="button"
          aria-label={`Your version of ${letter(state.edit.card)}, before all others`}
          onClick={() => item.improve(state.edit!.card)}
          className="h-11 min-w-0 flex-1 rounded-sm border border-dashed border-line-strong text-14 font-medium"
        >
          {letter(state.edit.card)}′
        </button>
      )}
      {marks.map((_, card) => {
        const rank = badge(marks, card)
        return (
          <button
            key={letter(card)}
            type="button"
            aria-current={state.focus === card}
            onClick={() => focusCard(card)}
            className={cx(
              'h-11 min-w-0 flex-1 border-b-2 text-14 leading-tight',
              state.focus === card ? 'border-focus font-semibold text-ink' : 'border-transparent text-ink-2',
            )}
          >
            <span className="sr-only">Response </span>
            {letter(card)}
            <span className="block text-13 font-normal text-ink-3">
              {rank ?? <span aria-hidden>·</span>}
              {!rank && <span className="sr-only">not ranked</span>}
            </span>
          </button>
        )
      })}
    </nav>
  )
}
