'use client'

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Progress } from './assignment.ts'
import { requestAs } from './desk-request.ts'
import type { Answered, OutboxView } from './outbox.ts'
import { outboxOf } from './use-outbox.ts'

/** How it goes, for the annotator's own eyes. */
export interface Pace {
  /** Ranked since midnight here. */
  today: number
  /** Seconds for one of the last twenty; null before there are any. */
  medianSeconds: number | null
}

const askAfterAnswers = 5
const askEvery = 10_000

/** The server's counts with what this browser has not delivered yet on top; asked for again now and then. */
export function useProgress({
  annotatorId,
  batch,
  view,
  counted,
}: {
  annotatorId: string
  batch: string | undefined
  view: OutboxView
  /** Whether the server keeps a count: adjudication has none. */
  counted: boolean
}): {
  progress: Progress | null
  pace: Pace | null
  hear: (progress: Progress | null | undefined) => void
  refresh: () => void
} {
  const [base, setBase] = useState<Progress | null>(null)
  const [pace, setPace] = useState<Pace | null>(null)
  const asked = useRef({ at: 0, answersSince: 0 })
  const hear = useCallback((progress: Progress | null | undefined) => {
    if (progress) setBase(progress)
  }, [])

  const refresh = useCallback(async () => {
    if (!counted) return
    asked.current = { at: Date.now(), answersSince: 0 }
    const since = new Date(new Date().setHours(0, 0, 0, 0)).toISOString()
    const query = new URLSearchParams({ ...(batch && { batch }), since })
    try {
      const { today, medianSeconds, ...progress } = await requestAs<Progress & Pace>(
        annotatorId,
        'GET',
        `/api/queue/progress?${query}`,
      )
      setBase(progress)
      setPace({ today, medianSeconds })
    } catch {
      // Counts that did not come are asked for again after the next answers.
    }
  }, [annotatorId, batch, counted])

  useEffect(() => {
    void refresh()
    return outboxOf(annotatorId).onDelivered((answered) => {
      const { at, answersSince } = asked.current
      asked.current.answersSince = answersSince + 1
      if (inScope(answered, batch)) setBase((base) => base && plus(base, [answered]))
      setPace((pace) => pace && { ...pace, today: pace.today + answered.adds })
      if (answersSince + 1 >= askAfterAnswers || Date.now() - at > askEvery) void refresh()
    })
  }, [annotatorId, batch, refresh])

  const progress = useMemo(
    () =>
      base &&
      plus(
        base,
        view.waiting.filter((answered) => inScope(answered, batch)),
      ),
    [base, view.waiting, batch],
  )
  const undelivered = view.waiting.reduce((sum, { adds }) => sum + adds, 0)
  return { progress, pace: pace && { ...pace, today: pace.today + undelivered }, hear, refresh }
}

/** The counts after these answers. While an item is reopened, the server does not count it as ranked. */
function plus({ mine, done, total, remainingForMe }: Progress, answers: readonly Answered[]): Progress {
  const ranked = answers.reduce((sum, { ranks }) => sum + ranks, 0)
  const added = answers.reduce((sum, { adds }) => sum + adds, 0)
  const left = Math.max(0, remainingForMe - answers.length)
  return { mine: mine + ranked, done: Math.min(total, done + added), total, remainingForMe: left }
}

/** The address names a batch by its id or by its name. */
function inScope(answered: Answered, batch: string | undefined): boolean {
  return !batch || answered.batch?.id === batch || answered.batch?.name === batch
}
