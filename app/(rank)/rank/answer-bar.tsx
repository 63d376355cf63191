'use client'

import { CornerDownLeft, MessageSquare, SkipForward, Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { KeyHint } from './key-hint.tsx'
import { PairChoice } from './pair-choice.tsx'
import { StrengthRow } from './strength-row.tsx'
import type { Item } from './use-item.ts'

/** The answer as it stands, and what can be done with it. */
export function AnswerBar({ item, order, comment }: { item: Item; order: ReactNode; comment: ReactNode }) {
  const { state, act, commands } = item
  return (
    <section aria-label="Your answer" className="border-t border-line bg-surface px-3 py-2 sm:px-4">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        {item.pair && <PairChoice marks={state.answer.marks} dispatch={act} />}
        <div className={cx('flex min-w-0 items-center gap-2', item.pair && 'max-sm:hidden')}>
          <span className="shrink-0 text-13 text-ink-3">Your order</span>
          {order}
        </div>
        {item.pair && <StrengthRow state={state} dispatch={act} />}
        <Button
          size="small"
          preventFocusOnPress
          aria-pressed={state.answer.allBad}
          className={cx('sm:ml-auto', state.answer.allBad && 'border-ink! bg-ink! text-canvas!')}
          onPress={() => act({ type: 'allBad' })}
        >
          None acceptable <KeyHint>0</KeyHint>
        </Button>
      </div>
      {comment}
      <div className="mt-2 flex flex-wrap items-center gap-1">
        <Tool
          icon={<SkipForward aria-hidden />}
          word="Skip"
          hint="S"
          isDisabled={!item.canSkip}
          onPress={commands.skip}
        />
        <Tool
          icon={<Undo2 aria-hidden />}
          word={state.history.length > 0 ? 'Undo' : 'Reopen last'}
          hint="Z"
          isDisabled={!item.canUndo}
          onPress={commands.undo}
        />
        <Tool
          icon={<MessageSquare aria-hidden />}
          word="Comment"
          hint="C"
          expanded={item.commentOpen}
          onPress={item.toggleComment}
        />
        <Button
          kind="primary"
          preventFocusOnPress
          className="ml-auto"
          isPending={item.sending}
          onPress={commands.submit}
        >
          Submit
          <CornerDownLeft aria-hidden className="pointer-coarse:hidden" />
        </Button>
      </div>
    </section>
  )
}

function Tool({
  icon,
  word,
  hint,
  expanded,
  ...props
}: {
  icon: ReactNode
  word: string
  hint: string
  expanded?: boolean
  isDisabled?: boolean
  onPress: () => void
}) {
  return (
    <Button kind="quiet" preventFocusOnPress aria-expanded={expanded} className="px-2!" {...props}>
      <span className="max-sm:hidden">{icon}</span>
      {word}
      <KeyHint>{hint}</KeyHint>
    </Button>
  )
}
