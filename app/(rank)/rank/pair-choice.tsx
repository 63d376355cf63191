'use client'

import type { Dispatch } from 'react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import type { Bound } from './bindings.ts'
import { HintOf } from './key-hint.tsx'
import { type Action, orderLine } from './ranking-state.ts'

const choices = [
  { order: 'A › B', word: 'A is better', bound: 'preferA', action: { type: 'prefer', card: 0 } },
  { order: 'A = B', word: 'Equal', bound: 'equal', action: { type: 'equal' } },
  { order: 'B › A', word: 'B is better', bound: 'preferB', action: { type: 'prefer', card: 1 } },
] as const satisfies { order: string; word: string; bound: Bound; action: Action }[]

/** The three answers of a pair. */
export function PairChoice({
  marks,
  dispatch,
}: {
  marks: readonly (number | null)[]
  dispatch: Dispatch<Action>
}) {
  const now = orderLine(marks)
  return (
    <fieldset aria-label="Which is better" className="flex max-md:w-full">
      {choices.map(({ order, word, bound, action }, index) => (
        <Button
          key={order}
          preventFocusOnPress
          aria-pressed={now === order}
          className={cx(
            'pointer-coarse:h-11 max-md:flex-1',
            index > 0 && '-ml-px rounded-l-none',
            index < 2 && 'rounded-r-none',
            now === order && 'z-10 border-ink! bg-ink! text-canvas!',
          )}
          onPress={() => dispatch(action)}
        >
          {word}
          <HintOf command={bound} />
        </Button>
      ))}
    </fieldset>
  )
}
