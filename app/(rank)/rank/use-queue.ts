'use client'

import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, type Failure, failureFrom, request } from '../../ui/api.ts'
import { type Assignment, type Draft, openingDraft, type Progress, type Submission } from './assignment.ts'
import { keepLease } from './keep-lease.ts'
import { takeTurn } from './take-turn.ts'

interface Claimed {
  assignment: Assignment | null
  progress: Progress
}

export interface Queue {
  phase: 'loading' | 'open' | 'sending' | 'empty' | 'failed'
  assignment: Assignment | null
  /** What the item opens with: a draft kept in this browser, or what was submitted before it was reopened. */
  opening: Draft
  /** Keeps what the annotator has done so far in this browser; to be called at every change. */
  saveDraft: (draft: Draft) => void
  /** Answers that are kept in this browser and not delivered yet. */
  waiting: number
  progress: Progress | null
  /** What went wrong last. The item stays open, unless its answer is stored and only the next was not claimed. */
  failure: Failure | null
  leaseLost: boolean
  /** Seconds until a submission that found no connection goes out again; null when none waits. */
  retryIn: number | null
  submit: (submission: Submission, millisecondsSpent: number) => Promise<void>
  skip: (reason: string) => Promise<void>
  reopenLast: () => Promise<void>
  next: () => Promise<void>
  leave: () => Promise<void>
}

const longestWait = 15
const nothing: Draft = {
  answer: { marks: [], allBad: false, strength: null, flags: [] },
  comment: '',
  edit: null,
}

/** The annotator's place in the queue: claims, keeps the lease while the page is open, submits, reopens. */
export function useQueue(batch: string | undefined): Queue {
  const [claimed, setClaimed] = useState<Claimed | null>(null)
  const [phase, setPhase] = useState<Queue['phase']>('loading')
  const [failure, setFailure] = useState<Failure | null>(null)
  const [leaseLost, setLeaseLost] = useState(false)
  const [retryIn, setRetryIn] = useState<number | null>(null)
  const key = useRef('')
  const assignment = claimed?.assignment ?? null

  const show = useCallback((answer: Claimed) => {
    key.current = crypto.randomUUID()
    setClaimed(answer)
    setLeaseLost(false)
    setFailure(null)
    setPhase(answer.assignment ? 'open' : 'empty')
  }, [])

  const fail = useCallback((error: unknown, phase: Queue['phase']) => {
    const failure = failureFrom(error)
    if (failure.code === 'LEASE_LOST') setLeaseLost(true)
    else setFailure(failure)
    setPhase(phase)
  }, [])

  const claim = useCallback(
    () => request<Claimed>('POST', '/api/queue/claim', batch ? { batch } : {}),
    [batch],
  )

  const next = useCallback(async () => {
    try {
      show(await claim())
    } catch (error) {
      fail(error, 'failed')
    }
  }, [claim, show, fail])

  useEffect(() => {
    void next()
  }, [next])

  const assignmentId = assignment?.id
  useEffect(() => (assignmentId ? keepLease(assignmentId, setLeaseLost) : undefined), [assignmentId])

  const answer = useCallback(
    async (send: () => Promise<unknown>) => {
      const turn = await takeTurn(send, claim)
      if (turn.reached === 'next') show(turn.claimed)
      else if (turn.reached === 'unsent') fail(turn.error, 'open')
      else {
        setClaimed((claimed) => claimed && { ...claimed, assignment: null })
        setLeaseLost(false)
        setFailure(turn.failure)
        setPhase('failed')
      }
    },
    [claim, show, fail],
  )

  const submit = useCallback(
    async (submission: Submission, millisecondsSpent: number) => {
      if (!assignment) return
      setPhase('sending')
      setFailure(null)
      const body = {
        assignmentId: assignment.id,
        ...submission,
        millisecondsSpent,
        idempotencyKey: key.current,
      }
      await answer(() => untilConnected(() => request('POST', '/api/rankings', body), setRetryIn))
    },
    [assignment, answer],
  )

  const skip = useCallback(
    async (reason: string) => {
      if (!assignment) return
      setPhase('sending')
      const body = { assignmentId: assignment.id, reason }
      await answer(() => request('POST', '/api/rankings/skip', body))
    },
    [assignment, answer],
  )

  const reopenLast = useCallback(async () => {
    setPhase('sending')
    try {
      show(await request<Claimed>('POST', '/api/rankings/undo', batch ? { batch } : {}))
    } catch (error) {
      fail(error, assignment ? 'open' : 'empty')
    }
  }, [assignment, batch, show, fail])

  const leave = useCallback(async () => {
    if (assignment && !leaseLost)
      await request('POST', '/api/queue/release', { assignmentId: assignment.id }).catch(() => {
        // Leaving must not be refused: an unreleased lease runs out by itself.
      })
  }, [assignment, leaseLost])

  return {
    phase,
    assignment,
    opening: assignment ? openingDraft(assignment) : nothing,
    saveDraft: () => {},
    waiting: 0,
    progress: claimed?.progress ?? null,
    failure,
    leaseLost,
    retryIn,
    submit,
    skip,
    reopenLast,
    next,
    leave,
  }
}

/** Repeats a request that found no connection, after 1, 2, 4 … 15 s; any answer of the server ends it. */
async function untilConnected<T>(
  send: () => Promise<T>,
  onWait: (seconds: number | null) => void,
): Promise<T> {
  for (let wait = 1; ; wait = Math.min(wait * 2, longestWait)) {
    try {
      const answer = await send()
      onWait(null)
      return answer
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'NETWORK')) {
        onWait(null)
        throw error
      }
      onWait(wait)
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, wait * 1000)
        const online = () => {
          clearTimeout(timer)
          resolve(null)
        }
        window.addEventListener('online', online, { once: true })
      })
    }
  }
}
