'use client'

import type { Dispatch } from 'react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { KeyHint } from './key-hint.tsx'
import { type Action, orderLine } from './ranking-state.ts'

const choices = [
  { order: 'A › B', word: 'A is better', hint: 'A', action: { type: 'prefer', card: 0 } },
  { order: 'A = B', word: 'Equal', hint: 'E', action: { type: 'equal' } },
  { order: 'B › A', word: 'B is better', hint: 'B', action: { type: 'prefer', card: 1 } },
] as const satisfies { order: string; word: string; hint: string; action: Action }[]

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
    <fieldset aria-label="Which is better" className="flex max-sm:w-full">
      {choices.map(({ order, word, hint, action }, index) => (
        <Button
          key={order}
          preventFocusOnPress
          aria-pressed={now === order}
          className={cx(
            'max-sm:flex-1',
            index > 0 && '-ml-px rounded-l-none',
            index < 2 && 'rounded-r-none',
            now === order && 'z-10 border-ink! bg-ink! text-canvas!',
          )}
          onPress={() => dispatch(action)}
        >
          {word}
          <KeyHint>{hint}</KeyHint>
        </Button>
      ))}
    </fieldset>
  )
}
