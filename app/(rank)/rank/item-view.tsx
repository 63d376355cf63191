'use client'

import './rank.css'
import { AnswerBar } from './answer-bar.tsx'
import type { Assignment } from './assignment.ts'
import { Cards } from './cards.tsx'
import { CommentBox } from './comment-box.tsx'
import { editKey } from './drafts.ts'
import { EditDialog } from './edit-dialog.tsx'
import { FlagLine, FlagMenu } from './flag-menu.tsx'
import { GuidelinesPanel } from './guidelines-panel.tsx'
import { ItemBoundary } from './item-boundary.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { Notices } from './notices.tsx'
import { OpinionsPanel } from './opinions-panel.tsx'
import { OrderNotice } from './order-notice.tsx'
import { OrderStrip } from './order-strip.tsx'
import { PartialDialog } from './partial-dialog.tsx'
import { PromptPanel } from './prompt-panel.tsx'
import { RankHeader } from './rank-header.tsx'
import { type Edit, letter, orderLine, unrankedCards } from './ranking-state.ts'
import { SkipDialog } from './skip-dialog.tsx'
import { useDrag } from './use-drag.ts'
import { useFocusBack } from './use-focus-back.ts'
import { type Item, useItem } from './use-item.ts'
import type { Queue } from './use-queue.ts'
import { nameCards } from './words.ts'

interface ItemViewProps {
  assignment: Assignment
  queue: Queue
  guidelines: string
  onLeave: () => void
}

/** One comparison, from first sight to submission. */
export function ItemView(props: ItemViewProps) {
  return (
    <ItemBoundary assignment={props.assignment} queue={props.queue} onLeave={props.onLeave}>
      <DrawnItem {...props} />
    </ItemBoundary>
  )
}

function DrawnItem({ assignment, queue, guidelines, onLeave }: ItemViewProps) {
  const item = useItem(assignment, queue, onLeave)
  const { state, act, lifting, views } = item
  const { drag, grab } = useDrag((card, place) => act({ type: 'place', card, place }))
  const { marks, flags } = state.answer
  const title = titleOf(assignment)
  return (
    // Where the window is short, the page scrolls as a whole and only the answer stays in view.
    <div className="flex h-dvh [@media(max-height:38rem)]:h-auto [@media(max-height:38rem)]:min-h-dvh">
      <div
        inert={views.guidelinesCover}
        className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] grid-rows-[auto_auto_minmax(0,1fr)_auto]"
      >
        <RankHeader progress={queue.progress} title={title} onLeave={onLeave} item={item} />
        <PromptPanel
          messages={assignment.prompt.messages}
          raw={views.raw}
          whole={item.wholePrompt}
          onToggle={item.commands.prompt}
          flagged={<FlagLine target="prompt" flags={flags} />}
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
        <footer className="min-w-0 [@media(max-height:38rem)]:sticky [@media(max-height:38rem)]:bottom-0 [@media(max-height:38rem)]:z-20">
          <div className="px-3 py-2 empty:hidden has-[>div:empty]:hidden">
            <Notices queue={queue} onSubmit={item.commands.submit} />
          </div>
          {assignment.opinions && <OpinionsPanel assignment={assignment} />}
          <OrderNotice item={item} onLeaveAsItWas={queue.leaveAsItWas} />
          <AnswerBar
            item={item}
            moving={drag !== null || lifting.lift !== null}
            order={
              <OrderStrip marks={marks} edit={state.edit} drag={drag} lift={lifting.lift} onGrab={grab} />
            }
            comment={
              item.commentOpen && (
                <CommentBox value={item.comment} focused={item.commentAsked} onChange={item.setComment} />
              )
            }
          />
        </footer>
      </div>
      {views.guidelinesOpen && (
        <GuidelinesPanel
          text={guidelines}
          covers={views.guidelinesCover}
          onClose={() => !lifting.lift && views.toggleGuidelines()}
        />
      )}
      <p aria-live="polite" className="sr-only">
        {lifting.said}
      </p>
      <p aria-live="polite" className="sr-only">
        {lifting.lift || !item.isShown ? '' : announcement(marks, state.edit)}
      </p>
      <Dialogs item={item} assignment={assignment} onSkip={queue.skip} />
    </div>
  )
}

function titleOf({ previous, batch }: Assignment): string | null {
  if (previous?.skipReason) return 'Skipped before: your ranking replaces the skip'
  if (previous) return 'Reopened: submitting replaces your earlier ranking'
  return batch?.name ?? null
}

function Dialogs({
  item,
  assignment: { id, completions },
  onSkip,
}: {
  item: Item
  assignment: Assignment
  onSkip: (reason: string) => void
}) {
  useFocusBack(item.open !== null)
  const close = () => item.setOpen(null)
  // Unmounted rather than closed: a dialog that fades out keeps the focus, and with it the keys, until it is gone.
  if (item.open === 'skip') return <SkipDialog onClose={close} onSkip={onSkip} />
  if (item.open === 'keys') return <KeysDialog onClose={close} />
  if (item.open === 'partial') {
    const missing = unrankedCards(item.state.answer.marks)
    return <PartialDialog missing={missing} onClose={close} onSubmit={item.send} />
  }
  if (item.open === 'edit') {
    const { focus, edit } = item.state
    const change = (edit: Edit | null) => {
      item.act({ type: 'edit', edit })
      close()
    }
    return (
      <EditDialog
        card={focus}
        texts={completions.map(({ text }) => text)}
        keepAs={editKey(id, focus)}
        edit={edit?.card === focus ? edit : null}
        onDone={change}
        onRemove={() => change(null)}
        onClose={close}
      />
    )
  }
  return null
}

/** 'Your order: A improved by you, then A, then B tied with C. Without a rank: D.' */
function announcement(marks: readonly (number | null)[], edit: Edit | null): string {
  const order = [edit && `${letter(edit.card)} improved by you`, orderLine(marks)].filter(Boolean).join(' › ')
  if (!order) return `A new comparison of ${marks.length} responses.`
  const missing = unrankedCards(marks)
  const rest = missing.length > 0 ? ` Without a rank: ${nameCards(missing)}.` : ''
  return `Your order: ${order.replaceAll(' › ', ', then ').replaceAll(' = ', ' tied with ')}.${rest}`
}
