'use client'

import { useEffect, useRef, useState } from 'react'
import type { Failure } from '../../ui/api.ts'
import { type Assignment, lineOf, type Progress, type Submission, wordsOf } from './assignment.ts'
import type { TimedDraft } from './drafts.ts'
import { onward, without } from './held.ts'
import { giveBack } from './keep-lease.ts'
import { newKey } from './new-key.ts'
import type { Answered, OutboxView } from './outbox.ts'
import { useDrafts } from './use-drafts.ts'
import { useHeld } from './use-held.ts'
import { outboxOf, useOutbox } from './use-outbox.ts'
import { type Pace, useProgress } from './use-progress.ts'

/** Where the items come from, and what may be done with them. */
export interface Source {
  /** The path that claims. */
  claim: string
  /** The path that takes the last answer back. */
  undo: string
  adjudicating: boolean
}

export interface Queue {
  /** 'sending': the item cannot be worked on, or the next one is still on its way. */
  phase: 'loading' | 'open' | 'sending' | 'empty' | 'failed'
  assignment: Assignment | null
  /** What the item opens with: a draft kept in this browser, or what was submitted before it was reopened. */
  opening: TimedDraft
  /** Keeps what the annotator has done so far in this browser; to be called at every change. */
  saveDraft: (draft: TimedDraft) => void
  /** Answers that are kept in this browser and not delivered yet. */
  waiting: number
  outbox: OutboxView
  /** This browser has no room left: the answer on screen is being sent before the next item comes. */
  storageFull: boolean
  progress: Progress | null
  pace: Pace | null
  /** What went wrong last, apart from answers that were not taken: those are in `outbox.refused`. */
  failure: Failure | null
  leaseLost: boolean
  /** Seconds until answers that found no connection go out again; null when none wait for one. */
  retryIn: number | null
  submit: (submission: Submission, millisecondsSpent: number) => void
  skip: (reason: string) => void
  reopenLast: () => Promise<void>
  /** Looks for more; goes past an item that is lost. */
  next: () => void
  /** A reopened item goes back to its earlier ranking; the others go back to the queue with the page. */
  leave: () => Promise<void>
  /** Goes on, and lets a reopened item be as it was whatever was begun. */
  leaveAsItWas: () => Promise<void>
}

export interface QueueOptions {
  annotatorId: string
  batch?: string
  /** An assignment to begin with, answered before. */
  reopen?: string
  source: Source
}

const nothing: TimedDraft = {
  answer: { marks: [], allBad: false, strength: null, flags: [] },
  comment: '',
  edit: null,
}

/**
 * The annotator's place in the queue. Answers go into the outbox and the next item, fetched before, is shown at once;
 * what is held is topped up behind. `queueOf` binds the queue to one of `items`: the one on screen, then the next.
 */
export function useQueue({ annotatorId, batch, reopen, source }: QueueOptions) {
  const view = useOutbox(annotatorId)
  const drafts = useDrafts()
  const { progress, pace, hear, refresh } = useProgress({
    annotatorId,
    batch,
    view,
    counted: !source.adjudicating,
  })
  const line = useHeld({
    annotatorId,
    batch,
    claim: source.claim,
    withProgress: source.adjudicating,
    first: reopen,
    drafts,
    onProgress: hear,
  })
  const { held, latest, answered, move, topUp, reopen: reopenBy } = line
  /** The key of an answer that could not be kept, so that it must be delivered first. */
  const [unkept, setUnkept] = useState<string | null>(null)
  const shownBefore = useRef(new Set<string>())
  /** Answers that waited when last looked, and those that this tab delivered itself. */
  const waitedBefore = useRef(new Set<string>())
  const delivered = useRef(new Set<string>())

  useEffect(() => {
    const outbox = outboxOf(annotatorId)
    for (const { assignmentId } of outbox.view().waiting) answered.current.add(assignmentId)
    return outbox.onDelivered(({ assignmentId }) => {
      delivered.current.add(assignmentId)
      // Put back when the answer was refused; taken at another try.
      drafts.drop(assignmentId)
      topUp()
    })
  }, [annotatorId, answered, drafts, topUp])

  // What became of answers, here and in other tabs.
  useEffect(() => {
    const ids = new Set(view.waiting.map(({ assignmentId }) => assignmentId))
    for (const id of ids) answered.current.add(id)
    // Another tab delivered for this one, which then has to fill up by itself.
    const elsewhere = [...waitedBefore.current].some((id) => !ids.has(id) && !delivered.current.delete(id))
    waitedBefore.current = ids
    if (elsewhere) {
      topUp()
      refresh()
    }
    if (unkept === null) move(without(latest.current, (id) => ids.has(id)))
    for (const { assignmentId, draft } of view.refused) {
      if (!answered.current.delete(assignmentId)) continue
      drafts.restore(assignmentId, draft)
      topUp()
    }
    if (unkept === null || view.waiting.some(({ idempotencyKey }) => idempotencyKey === unkept)) return
    setUnkept(null)
    if (!view.refused.some(({ idempotencyKey }) => idempotencyKey === unkept)) move(onward(latest.current))
  }, [view, unkept, drafts, latest, answered, move, topUp, refresh])

  const busy = line.reopening || unkept !== null
  const give = (
    assignment: Assignment,
    answer: Pick<Answered, 'path' | 'body' | 'line' | 'ranks' | 'adds' | 'idempotencyKey'>,
  ) => {
    // A press that was meant for the item before answers nothing.
    if (busy || latest.current.current?.id !== assignment.id) return
    performance.mark('whetstone:submit')
    drafts.flush()
    const { id: assignmentId, batch } = assignment
    const known = { assignmentId, batch, label: wordsOf(assignment), draft: drafts.opening(assignment) }
    const kept = outboxOf(annotatorId).add({ ...answer, ...known })
    answered.current.add(assignmentId)
    if (!kept) return setUnkept(answer.idempotencyKey)
    drafts.drop(assignmentId)
    move(onward(latest.current))
  }

  const phase = ((): Queue['phase'] => {
    if (busy) return 'sending'
    if (held.current) return 'open'
    if (line.claimFailed && !line.asking) return 'failed'
    if (!line.heard) return 'loading'
    return line.asking || view.waiting.length > 0 ? 'sending' : 'empty'
  })()

  // Why there is nothing left depends on what others did meanwhile.
  useEffect(() => {
    if (phase === 'empty') refresh()
  }, [phase, refresh])

  const queueOf = (assignment: Assignment | null): Queue => ({
    phase,
    assignment,
    opening: assignment ? drafts.opening(assignment) : nothing,
    saveDraft: (draft) => {
      if (assignment && !answered.current.has(assignment.id)) drafts.save(assignment, draft)
    },
    waiting: view.waiting.length,
    outbox: view,
    storageFull: unkept !== null,
    progress,
    pace,
    failure: line.failure,
    leaseLost: line.leaseLost,
    retryIn: view.delivery.state === 'offline' ? view.delivery.retryIn : null,
    submit: (submission, millisecondsSpent) => {
      if (!assignment) return
      const idempotencyKey = newKey()
      const { id: assignmentId, previous } = assignment
      give(assignment, {
        idempotencyKey,
        path: '/api/rankings',
        body: { assignmentId, ...submission, millisecondsSpent, idempotencyKey, progress: false },
        line: lineOf(assignment, submission),
        ranks: 1,
        adds: previous && !previous.skipReason ? 0 : 1,
      })
    },
    skip: (reason) => {
      if (!assignment) return
      give(assignment, {
        idempotencyKey: newKey(),
        path: '/api/rankings/skip',
        body: { assignmentId: assignment.id, reason, progress: false },
        line: `skipped: ${reason}`,
        ranks: 0,
        adds: 0,
      })
    },
    reopenLast: async () => {
      if (!busy) await reopenBy(source.undo, batch ? { batch } : {})
    },
    next: () => {
      line.clearFailure()
      if (line.leaseLost && latest.current.current?.id === assignment?.id) move(onward(latest.current))
      topUp()
    },
    leave: async () => {
      if (!assignment?.previous || drafts.begun(assignment.id)) return
      await giveBack(annotatorId, assignment.id)
      refresh()
    },
    leaveAsItWas: async () => {
      if (busy || !assignment?.previous || latest.current.current?.id !== assignment.id) return
      drafts.drop(assignment.id)
      // A claim that is under way still has it.
      answered.current.add(assignment.id)
      move(onward(latest.current))
      const released = giveBack(annotatorId, assignment.id)
      topUp()
      await released
      refresh()
    },
  })

  if (held.current) shownBefore.current.add(held.current.id)
  const upcoming = held.upcoming.slice(0, 1).filter(({ id }) => !shownBefore.current.has(id))
  return { shown: held.shown, items: held.current ? [held.current, ...upcoming] : [], queueOf }
}
