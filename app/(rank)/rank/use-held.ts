'use client'

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { type Failure, failureFrom } from '../../ui/api.ts'
import type { Assignment, Progress } from './assignment.ts'
import { requestAs } from './desk-request.ts'
import { type Claimed, type Held, nothingHeld, withClaimed, without, withReopened } from './held.ts'
import { allGivenBack, giveBack, keepLeases, type LeaseKeeper } from './keep-lease.ts'
import { announceTab } from './other-tabs.ts'
import type { Drafts } from './use-drafts.ts'
import { emptied, outboxOf } from './use-outbox.ts'

export interface HeldOptions {
  annotatorId: string
  batch?: string
  /** The path that claims. */
  claim: string
  /** Whether claims tell the progress: the queue has a route of its own for it. */
  withProgress: boolean
  /** An assignment to begin with, answered before. */
  first?: string
  drafts: Drafts
  onProgress: (progress: Progress | null | undefined) => void
}

/** The item on screen and, while it is being ranked, the one after it. */
const holds = 2
const longestAnswer = 20_000
const retryAfter = 5000

/**
 * The items this page holds: claimed, kept by renewing their leases, given back when the page goes. `latest` is what is
 * held now, for whatever runs between two renderings; `answered` has the ids of items that are done here.
 */
export function useHeld({ annotatorId, batch, claim, withProgress, first, drafts, onProgress }: HeldOptions) {
  const [held, setHeld] = useState(nothingHeld)
  const [asking, setAsking] = useState(true)
  const [heard, setHeard] = useState(false)
  const [reopening, setReopening] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [claimFailure, setClaimFailure] = useState<Failure | null>(null)
  const [leaseLost, setLeaseLost] = useState(false)
  const latest = useRef(held)
  const answered = useRef(new Set<string>())
  const wanted = useRef(false)
  const turn = useRef<Promise<unknown>>(Promise.resolve())
  const keeper = useRef<LeaseKeeper | null>(null)
  /** Reopened once: the address loses it then, and `first` with it while the page stays. */
  const beginWith = useRef(first)
  /** Null while this is not on screen. */
  const leave = useRef<((items: Assignment[]) => void) | null>(null)
  const within = useMemo(
    () => ({ ...(batch && { batch }), hold: holds, progress: withProgress }),
    [batch, withProgress],
  )

  const move = useCallback((next: Held) => {
    const another = next.shown !== latest.current.shown
    const hadItem = latest.current.current !== null
    latest.current = next
    setHeld(next)
    if (!another) return
    setLeaseLost(false)
    if (hadItem) setFailure(null)
    keeper.current?.check()
  }, [])

  /** One request at a time changes what is held. */
  const inTurn = useCallback((task: () => Promise<void>) => {
    turn.current = turn.current.then(task)
    return turn.current
  }, [])

  const topUp = useCallback(() => {
    if (wanted.current) return
    wanted.current = true
    setAsking(true)
    void inTurn(async () => {
      wanted.current = false
      if (leave.current === null) return
      const giveBackItems = leave.current
      try {
        const claimed = await post(annotatorId, claim, within)
        // Left meanwhile: what came is nobody's.
        if (leave.current === null) return giveBackItems(itemsOf(claimed))
        keeper.current?.confirm()
        onProgress(claimed.progress)
        move(withClaimed(latest.current, claimed, (id) => answered.current.has(id)))
        setHeard(true)
        setClaimFailure(null)
      } catch (error) {
        setClaimFailure(failureFrom(error))
      }
      if (!wanted.current) setAsking(false)
    })
  }, [annotatorId, claim, within, onProgress, move, inTurn])

  const reopen = useCallback(
    (path: string, body: object) =>
      inTurn(async () => {
        setReopening(true)
        setFailure(null)
        drafts.flush()
        try {
          await emptied(outboxOf(annotatorId))
          const claimed = await post(annotatorId, path, body)
          for (const { id } of itemsOf(claimed)) answered.current.delete(id)
          keeper.current?.confirm()
          onProgress(claimed.progress)
          move(withReopened(latest.current, claimed))
        } catch (error) {
          setFailure(failureFrom(error))
        }
        setReopening(false)
      }),
    [annotatorId, drafts, onProgress, move, inTurn],
  )

  // Joining and leaving the queue.
  useEffect(() => {
    let tab = announceTab(localStorage, annotatorId)
    const mine = () => [latest.current.current, ...latest.current.upcoming].filter((item) => item !== null)
    const ownKeeper = keepLeases(
      annotatorId,
      () => mine().map(({ id }) => id),
      (lost) => {
        const { current } = latest.current
        const keeps = (id: string) =>
          id === current?.id && (drafts.begun(id) || current.previous !== undefined)
        move(without(latest.current, (id) => lost.includes(id) && !keeps(id)))
        setLeaseLost(lost.some(keeps))
        if (lost.length > 0) topUp()
      },
    )
    keeper.current = ownKeeper
    // What is begun stays held until its lease runs out: whoever comes back finds it.
    leave.current = (items) => {
      if (tab.others()) return
      for (const { id } of items)
        if (!drafts.begun(id) && !answered.current.has(id)) void giveBack(annotatorId, id)
    }
    const hide = () => {
      leave.current?.(mine())
      tab.end()
    }
    const show = (event: PageTransitionEvent) => {
      if (!event.persisted) return
      tab = announceTab(localStorage, annotatorId)
      topUp()
    }
    const look = () => document.visibilityState === 'visible' && !latest.current.current && topUp()
    window.addEventListener('pagehide', hide)
    window.addEventListener('pageshow', show)
    window.addEventListener('online', look)
    document.addEventListener('visibilitychange', look)
    if (beginWith.current) {
      const assignmentId = beginWith.current
      beginWith.current = undefined
      forgetItem()
      void reopen('/api/rankings/reopen', { assignmentId, ...(batch && { batch }) })
    }
    topUp()
    return () => {
      window.removeEventListener('pagehide', hide)
      window.removeEventListener('pageshow', show)
      window.removeEventListener('online', look)
      document.removeEventListener('visibilitychange', look)
      hide()
      leave.current = null
      ownKeeper.end()
    }
  }, [annotatorId, batch, drafts, move, reopen, topUp])

  // No answer of the server at all: it is asked again until there is one.
  useEffect(() => {
    if (!claimFailure || held.current || !['NETWORK', 'INTERNAL'].includes(claimFailure.code)) return
    const timer = setTimeout(topUp, retryAfter)
    return () => clearTimeout(timer)
  }, [claimFailure, held, topUp])

  return {
    held,
    latest,
    answered,
    move,
    topUp,
    reopen,
    asking,
    heard,
    reopening,
    failure: failure ?? (held.current ? null : claimFailure),
    claimFailed: claimFailure !== null,
    clearFailure: () => setFailure(null),
    leaseLost,
  }
}

function itemsOf({ assignment, upcoming = [] }: Claimed): Assignment[] {
  return assignment ? [assignment, ...upcoming] : upcoming
}

async function post(annotatorId: string, path: string, body: object): Promise<Claimed> {
  await allGivenBack()
  return requestAs(annotatorId, 'POST', path, body, AbortSignal.timeout(longestAnswer))
}

/** A reload must not reopen it again. */
function forgetItem(): void {
  const address = new URL(window.location.href)
  address.searchParams.delete('item')
  window.history.replaceState(null, '', address)
}
