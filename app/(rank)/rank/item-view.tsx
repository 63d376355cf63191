'use client'

import { AnswerBar } from './answer-bar.tsx'
import type { Assignment } from './assignment.ts'
import { Cards } from './cards.tsx'
import { CommentBox } from './comment-box.tsx'
import { FlagMenu } from './flag-menu.tsx'
import { GuidelinesPanel } from './guidelines-panel.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { Notices } from './notices.tsx'
import { OrderStrip } from './order-strip.tsx'
import { PartialDialog } from './partial-dialog.tsx'
import { PromptPanel } from './prompt-panel.tsx'
import { RankHeader } from './rank-header.tsx'
import { orderLine, unrankedCards } from './ranking-state.ts'
import { SkipDialog } from './skip-dialog.tsx'
import { useDrag } from './use-drag.ts'
import { useFocusBack } from './use-focus-back.ts'
import { type Item, useItem } from './use-item.ts'
import type { Queue } from './use-queue.ts'
import { nameCards } from './words.ts'

/** One comparison, from first sight to submission. */
export function ItemView({
  assignment,
  queue,
  guidelines,
  onLeave,
}: {
  assignment: Assignment
  queue: Queue
  guidelines: string
  onLeave: () => void
}) {
  const item = useItem(assignment, queue, onLeave)
  const { state, act, commands } = item
  const { drag, grab } = useDrag((card, drop) => act({ type: 'place', card, ...drop }))
  const { marks, flags } = state.answer
  const title = assignment.previous
    ? 'Reopened: submitting replaces your earlier ranking'
    : assignment.batch?.name
  return (
    <div className="flex h-dvh">
      <div className="grid min-w-0 flex-1 grid-rows-[auto_auto_minmax(0,1fr)_auto]">
        <RankHeader progress={queue.progress} title={title ?? null} onLeave={onLeave} item={item} />
        <PromptPanel
          messages={assignment.prompt.messages}
          actions={
            <FlagMenu
              target="prompt"
              name="prompt"
              flags={flags}
              isOpen={item.flagging === 'prompt'}
              onOpenChange={(isOpen) => item.setFlagging(isOpen ? 'prompt' : null)}
              onToggle={(flag) => act({ type: 'flag', target: 'prompt', flag })}
            />
          }
        />
        <Cards completions={assignment.completions} item={item} onGrab={grab} />
        <div className="min-w-0">
          <div className="px-3 py-2 empty:hidden">
            <Notices
              queue={queue}
              missing={item.unfinished ? unrankedCards(marks) : []}
              onSubmit={commands.submit}
            />
          </div>
          <AnswerBar
            item={item}
            order={<OrderStrip marks={marks} drag={drag} onGrab={grab} />}
            comment={
              item.commentOpen && (
                <CommentBox value={item.comment} focused={item.commentAsked} onChange={item.setComment} />
              )
            }
          />
        </div>
      </div>
      {item.views.guidelinesOpen && (
        <GuidelinesPanel text={guidelines} onClose={item.views.toggleGuidelines} />
      )}
      <p aria-live="polite" className="sr-only">
        {announcement(marks)}
      </p>
      <Dialogs item={item} onSkip={queue.skip} />
    </div>
  )
}

function Dialogs({ item, onSkip }: { item: Item; onSkip: (reason: string) => void }) {
  useFocusBack(item.open !== null)
  const close = () => item.setOpen(null)
  // Unmounted rather than closed: a dialog that fades out keeps the focus, and with it the keys, until it is gone.
  if (item.open === 'skip') return <SkipDialog onClose={close} onSkip={onSkip} />
  if (item.open === 'keys') return <KeysDialog onClose={close} />
  if (item.open === 'partial') {
    const missing = unrankedCards(item.state.answer.marks)
    return <PartialDialog missing={missing} onClose={close} onSubmit={item.send} />
  }
  return null
}

/** 'Your order: A, then B tied with C. Without a rank: D.' */
function announcement(marks: readonly (number | null)[]): string {
  const order = orderLine(marks)
  if (!order) return ''
  const missing = unrankedCards(marks)
  const rest = missing.length > 0 ? ` Without a rank: ${nameCards(missing)}.` : ''
  return `Your order: ${order.replaceAll(' › ', ', then ').replaceAll(' = ', ' tied with ')}.${rest}`
}
