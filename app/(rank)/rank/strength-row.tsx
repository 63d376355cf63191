'use client'

import type { Dispatch } from 'react'
import { Label, Radio, RadioGroup } from 'react-aria-components'
import { cx } from '../../ui/cx.ts'
import { type Action, type RankingState, type Strength, strengths } from './ranking-state.ts'

/** How much better, Llama 2's four grades; not asked of a tie. */
export function StrengthRow({ state, dispatch }: { state: RankingState; dispatch: Dispatch<Action> }) {
  const [a, b] = state.answer.marks
  return (
    <RadioGroup
      value={state.answer.strength ? String(state.answer.strength) : null}
      onChange={(value) => dispatch({ type: 'strength', strength: Number(value) as Strength })}
      orientation="horizontal"
      isDisabled={a !== null && a === b}
      className="flex flex-wrap items-center gap-x-1 data-disabled:opacity-50 max-md:w-full max-md:justify-between"
    >
      <Label className="mr-1 text-13 text-ink-3 max-md:sr-only">By how much</Label>
      {strengths.map((word, index) => (
        <Radio
          key={word}
          value={String(index + 1)}
          className={({ isSelected, isFocusVisible }) =>
            cx(
              'flex h-7 cursor-default items-center rounded-sm px-1.5 text-13 whitespace-nowrap sm:px-2 pointer-coarse:h-11',
              isSelected ? 'bg-ink font-medium text-canvas' : 'text-ink-2 hover:bg-hover',
              isFocusVisible && 'outline-2 outline-focus',
            )
          }
        >
          {word}
          <span aria-hidden className="ml-1 max-md:hidden pointer-coarse:hidden">
            ⇧{index + 1}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  )
}
