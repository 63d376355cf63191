'use client'

import { type Dispatch, useEffect, useMemo, useReducer, useState } from 'react'
import { type Assignment, openingAnswer, submissionOf } from './assignment.ts'
import { differences } from './differences.ts'
import type { Command, Intent } from './keys.ts'
import { type Action, type Flag, readiness, reduce, startRanking } from './ranking-state.ts'
import { commentId, useKeys } from './use-keys.ts'
import type { Queue } from './use-queue.ts'
import { useRemembered } from './use-remembered.ts'
import { useTimeVisible } from './use-time-visible.ts'

export type OpenDialog = 'skip' | 'keys' | 'partial' | null

/** The state of one comparison on screen and everything that can be asked of it, by key or by button. */
export function useItem(assignment: Assignment, queue: Queue, leave: () => void) {
  const { completions } = assignment
  const [state, dispatch] = useReducer(reduce, null, () =>
    startRanking(completions.length, openingAnswer(assignment)),
  )
  const [comment, setComment] = useState(assignment.previous?.comment ?? '')
  const [commentOpen, setCommentOpen] = useState(comment !== '')
  // A comment that comes with a reopened item must not take the keys.
  const [commentAsked, setCommentAsked] = useState(false)
  const [open, setOpen] = useState<OpenDialog>(null)
  // Whose menu of flags is open.
  const [flagging, setFlagging] = useState<Flag['target'] | null>(null)
  // Whether the focus last moved by a key: then the page follows it.
  const [pulls, setPulls] = useState(false)
  const [unfinished, setUnfinished] = useState(false)
  const views = useViews()
  const timeVisible = useTimeVisible()
  const shownAt = useShownAt()
  const sending = queue.phase === 'sending'
  const pair = completions.length === 2
  const found = useMemo(
    () => (pair ? differences(completions[0]!.text, completions[1]!.text) : null),
    [pair, completions],
  )

  const act: Dispatch<Action> = (action) => {
    if (sending) return
    setPulls(false)
    setUnfinished(false)
    dispatch(action)
  }
  const send = () => {
    setOpen(null)
    void queue.submit(submissionOf(assignment, state.answer, comment), timeVisible())
  }
  // What was ranked before can be ranked otherwise, not skipped.
  const canSkip = !assignment.previous
  const canUndo = state.history.length > 0 || (queue.progress?.mine ?? 0) > 0
  const commands: Record<Command, () => void> = {
    submit: () => {
      if (sending) return
      const ready = readiness(state.answer)
      if (ready === 'ready') send()
      else if (ready === 'partial') setOpen('partial')
      else setUnfinished(true)
    },
    undo: () => {
      if (sending || !canUndo) return
      if (state.history.length > 0) act({ type: 'undo' })
      else void queue.reopenLast()
    },
    skip: () => canSkip && !sending && setOpen('skip'),
    comment: () => {
      setCommentAsked(true)
      setCommentOpen(true)
      document.getElementById(commentId)?.focus()
    },
    flag: () => setFlagging(state.focus),
    flagPrompt: () => setFlagging('prompt'),
    leave,
    guidelines: views.toggleGuidelines,
    keys: () => setOpen('keys'),
    differences: () => pair && views.toggleMarking(),
    layout: views.toggleLayout,
  }
  const onIntent = (intent: Intent) => {
    if ('command' in intent) return commands[intent.command]()
    act(intent.action)
    setPulls(true)
  }
  useKeys({
    size: completions.length,
    stacked: views.layout === 'stack',
    dialogOpen: open !== null || flagging !== null,
    shownAt,
    onIntent,
  })

  return {
    state,
    act,
    focusCard: (card: number) => state.focus !== card && dispatch({ type: 'focus', card }),
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
    unfinished,
    views,
    sending,
    pair,
    tooDifferent: pair && found === null,
    segments: views.marking && found ? [found.a, found.b] : null,
    canSkip,
    canUndo,
    commands,
    send,
  }
}

export type Item = ReturnType<typeof useItem>

/** How the annotator likes to see comparisons; kept in this browser. */
function useViews() {
  const [layout, setLayout] = useRemembered<'side' | 'stack'>('rank.layout', 'side')
  const [marking, setMarking] = useRemembered<'on' | 'off'>('rank.differences', 'on')
  const [guide, setGuide] = useRemembered<'open' | 'closed'>('rank.guidelines', 'closed')
  return {
    layout,
    toggleLayout: () => setLayout(layout === 'side' ? 'stack' : 'side'),
    marking: marking === 'on',
    toggleMarking: () => setMarking(marking === 'on' ? 'off' : 'on'),
    guidelinesOpen: guide === 'open',
    toggleGuidelines: () => setGuide(guide === 'open' ? 'closed' : 'open'),
  }
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
