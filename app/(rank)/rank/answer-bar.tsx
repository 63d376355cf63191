'use client'

import { CornerDownLeft, MessageSquare, SkipForward, Undo2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import type { Bound } from './bindings.ts'
import { JumpRow } from './jump-row.tsx'
import { HintOf } from './key-hint.tsx'
import { PairChoice } from './pair-choice.tsx'
import { RankRow } from './rank-row.tsx'
import { StrengthRow } from './strength-row.tsx'
import type { Item } from './use-item.ts'

/** The answer as it stands, and what can be done with it: on a phone all of it in reach of the thumb. */
export function AnswerBar({
  item,
  moving,
  order,
  comment,
}: {
  item: Item
  /** Whether a card is on its way to a place in the order. */
  moving: boolean
  order: ReactNode
  comment: ReactNode
}) {
  const { state, act, commands, pair, views } = item
  const { marks } = state.answer
  const { focus } = state
  return (
    <section
      aria-label="Your answer"
      className={cx(
        'relative border-t border-line bg-surface pb-[max(0.5rem,env(safe-area-inset-bottom))]',
        views.carousel ? 'px-1 pt-1' : 'px-3 pt-2 sm:px-4',
      )}
    >
      {views.carousel && !pair && <JumpRow item={item} />}
      <div className={cx('flex flex-wrap items-center gap-x-6', views.carousel ? 'gap-y-1' : 'gap-y-2')}>
        {pair && <PairChoice marks={marks} dispatch={act} />}
        {views.carousel && !pair && (
          <RankRow
            card={focus}
            size={state.size}
            mark={marks[focus] ?? null}
            thumb
            onRank={(mark) => act({ type: 'rank', mark, card: focus })}
            onClear={() => act({ type: 'clear', card: focus })}
          />
        )}
        <div
          className={cx(
            'flex min-w-0 items-center gap-2',
            // What comes after it stays where it is as the order grows.
            pair && !views.carousel && 'min-w-40',
            // Above the bar, and only while something is on its way: the row of responses tells the ranks.
            views.carousel &&
              (moving
                ? 'absolute inset-x-0 bottom-full z-20 border-t border-line bg-surface px-3 py-2'
                : 'hidden'),
          )}
        >
          <span className="shrink-0 text-13 text-ink-3">Your order</span>
          {order}
        </div>
        {pair && <StrengthRow state={state} dispatch={act} />}
        {!views.carousel && <NoneAcceptable item={item} className="sm:ml-auto" />}
      </div>
      {comment}
      <div className={cx('flex flex-wrap items-center gap-1', views.carousel ? 'mt-1' : 'mt-2')}>
        <Tool
          icon={<SkipForward aria-hidden />}
          word="Skip"
          command="skip"
          isDisabled={!item.canSkip}
          onPress={commands.skip}
        />
        <Tool
          icon={<Undo2 aria-hidden />}
          word={state.history.length > 0 ? 'Undo' : 'Reopen last'}
          command="undo"
          isDisabled={!item.canUndo}
          onPress={commands.undo}
        />
        <Tool
          icon={<MessageSquare aria-hidden />}
          word="Comment"
          command="comment"
          expanded={item.commentOpen}
          onPress={item.toggleComment}
        />
        {views.carousel && <NoneAcceptable item={item} />}
        <Button
          kind="primary"
          preventFocusOnPress
          className="ml-auto pointer-coarse:h-11"
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

function NoneAcceptable({ item: { state, act }, className }: { item: Item; className?: string }) {
  const { allBad } = state.answer
  return (
    <Button
      size="small"
      preventFocusOnPress
      aria-pressed={allBad}
      className={cx('pointer-coarse:h-11', className, allBad && 'border-ink! bg-ink! text-canvas!')}
      onPress={() => act({ type: 'allBad' })}
    >
      <span>
        None<span className="max-[26rem]:sr-only"> acceptable</span>
      </span>
      <HintOf command="allBad" />
    </Button>
  )
}

function Tool({
  icon,
  word,
  command,
  expanded,
  ...props
}: {
  icon: ReactNode
  word: string
  command: Bound
  expanded?: boolean
  isDisabled?: boolean
  onPress: () => void
}) {
  return (
    <Button
      kind="quiet"
      preventFocusOnPress
      aria-expanded={expanded}
      className="px-2! pointer-coarse:h-11 pointer-coarse:min-w-11"
      {...props}
    >
      {icon}
      <span className="max-md:sr-only">{word}</span>
      <HintOf command={command} />
    </Button>
  )
}
