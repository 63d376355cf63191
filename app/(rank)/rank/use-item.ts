'use client'

import { type Dispatch, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { type Assignment, type Draft, openingDraft, submissionOf } from './assignment.ts'
import { type Command, type Intent, settleTime } from './keys.ts'
import { type Action, doubtOf, type Flag, readiness, reduce, startRanking } from './ranking-state.ts'
import { useBindings } from './use-bindings.ts'
import { commentId, useKeys } from './use-keys.ts'
import { useLift } from './use-lift.ts'
import { useMarks } from './use-marks.ts'
import type { Queue } from './use-queue.ts'
import { useTimeVisible } from './use-time-visible.ts'
import { useViews } from './use-views.ts'

export type OpenDialog = 'skip' | 'keys' | 'partial' | 'edit' | null
/** What is in the way of submitting, told once: Enter again goes on, unless ranks are missing. */
export type Doubt = 'unfinished' | 'unchanged' | 'as-shown'

/** The server takes no more than a day (ms). */
const longestSpent = 24 * 3_600_000

/** The state of one comparison on screen and everything that can be asked of it, by key or by button. */
export function useItem(assignment: Assignment, queue: Queue, leave: () => void) {
  const { completions, previous } = assignment
  const [state, dispatch] = useReducer(reduce, null, () =>
    startRanking(completions.length, queue.opening.answer, queue.opening.edit),
  )
  const [comment, setComment] = useState(queue.opening.comment)
  const [commentOpen, setCommentOpen] = useState(comment !== '')
  // A comment that comes with a reopened item must not take the keys.
  const [commentAsked, setCommentAsked] = useState(false)
  const [open, setOpen] = useState<OpenDialog>(null)
  // Whose menu of flags is open.
  const [flagging, setFlagging] = useState<Flag['target'] | null>(null)
  // Whether the focus last moved by a key: then the page follows it.
  const [pulls, setPulls] = useState(false)
  const [doubt, setDoubt] = useState<Doubt | null>(null)
  const [wholePrompt, setWholePrompt] = useState(false)
  const [bindings] = useBindings()
  const views = useViews()
  const timeVisible = useTimeVisible()
  const [spentBefore] = useState(queue.opening.millisecondsSpent ?? 0)
  const timeSpent = () => Math.min(spentBefore + timeVisible(), longestSpent)
  const shownAt = useShownAt()
  const sending = queue.phase === 'sending'
  const pair = completions.length === 2
  const { answer, edit } = state
  const draft: Draft = useMemo(() => ({ answer, edit, comment }), [answer, edit, comment])
  useSaved(draft, (draft) => queue.saveDraft({ ...draft, millisecondsSpent: timeSpent() }))
  const cards = useRef<HTMLElement>(null)
  const tooDifferent = useMarks(cards, { on: views.marking, pair, focus: state.focus })

  const act: Dispatch<Action> = (action) => {
    if (sending) return
    setPulls(false)
    setDoubt(null)
    dispatch(action)
  }
  const lifting = useLift(answer.marks, act)
  const send = () => {
    setOpen(null)
    void queue.submit(submissionOf(assignment, draft), timeSpent())
  }
  // What was ranked before can be ranked otherwise, not skipped.
  const canSkip = !previous || Boolean(previous.skipReason)
  const canUndo = state.history.length > 0 || (queue.progress?.mine ?? 0) > 0
  const submit = () => {
    // The second press of two was for the item before.
    if (sending || shownAt === null || performance.now() - shownAt < settleTime) return
    const ready = readiness(answer, edit)
    if (ready === 'empty') return setDoubt('unfinished')
    const before = previous && !previous.skipReason ? openingDraft(assignment) : null
    const found = doubtOf(draft, before)
    if (found && found !== doubt) return setDoubt(found)
    if (ready === 'partial') setOpen('partial')
    else send()
  }
  const commands: Record<Command, () => void> = {
    submit,
    undo: () => {
      if (sending || !canUndo) return
      if (state.history.length > 0) act({ type: 'undo' })
      else void queue.reopenLast()
    },
    skip: () => canSkip && !sending && setOpen('skip'),
    move: () => !sending && lifting.pickUp(state.focus),
    improve: () => !sending && setOpen('edit'),
    comment: () => {
      setCommentAsked(true)
      setCommentOpen(true)
      document.getElementById(commentId)?.focus()
    },
    flag: () => setFlagging(state.focus),
    flagPrompt: () => setFlagging('prompt'),
    prompt: () => setWholePrompt(!wholePrompt),
    leave,
    guidelines: views.toggleGuidelines,
    keys: () => setOpen('keys'),
    differences: views.toggleMarking,
    raw: views.toggleRaw,
    layout: views.toggleLayout,
  }
  const onIntent = (intent: Intent) => {
    if ('command' in intent) return commands[intent.command]()
    act(intent.action)
    setPulls(true)
  }
  useKeys({
    size: completions.length,
    bindings,
    stacked: views.layout === 'stack',
    dialogOpen: open !== null || flagging !== null || views.guidelinesCover,
    onDragKey: lifting.lift ? lifting.press : null,
    shownAt,
    onIntent,
  })

  return {
    state,
    act,
    focusCard: (card: number) => state.focus !== card && dispatch({ type: 'focus', card }),
    /** Opens the editor on a response; on the one improved already, with its text. */
    improve: (card: number) => {
      if (sending) return
      dispatch({ type: 'focus', card })
      setOpen('edit')
    },
    lifting,
    /** Where the cards are drawn. */
    cards,
    tooDifferent,
    comment,
    setComment,
    commentOpen,
    commentAsked,
    toggleComment: () => (commentOpen && !comment ? setCommentOpen(false) : commands.comment()),
    open,
    setOpen,
    flagging,
    setFlagging,
    pulls,
    doubt,
    wholePrompt,
    /** Whether it has been painted. */
    isShown: shownAt !== null,
    views,
    sending,
    pair,
    canSkip,
    canUndo,
    commands,
    send,
  }
}

export type Item = ReturnType<typeof useItem>

/** Hands every change of the draft on; what it opened with is no change. */
function useSaved(draft: Draft, save: (draft: Draft) => void) {
  const saved = useRef(draft)
  const latest = useRef(save)
  latest.current = save
  useEffect(() => {
    if (saved.current === draft) return
    saved.current = draft
    latest.current(draft)
  }, [draft])
}

/** When this item was first painted, by performance.now(); null until then. */
function useShownAt(): number | null {
  const [at, setAt] = useState<number | null>(null)
  useEffect(() => {
    const frame = requestAnimationFrame(setAt)
    return () => cancelAnimationFrame(frame)
  }, [])
  return at
}
