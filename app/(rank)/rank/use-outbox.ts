'use client'

import { useEffect, useSyncExternalStore } from 'react'
import { ApiError, request } from '../../ui/api.ts'
import { requestAs } from './desk-request.ts'
import { type Outbox, type OutboxView, openOutbox, outboxPrefix } from './outbox.ts'

const nothing: OutboxView = { waiting: [], refused: [], delivery: { state: 'idle' } }
/** An answer of the server that has not come by then counts as none. */
const longestAnswer = 20_000
const longestEmptying = 10_000
const open = new Map<string, Outbox>()
const wakers = new Set<() => void>()

/** This tab's outbox of an annotator. It stays at work when the rank screen is left, as long as the tab lives. */
export function outboxOf(userId: string): Outbox {
  const before = open.get(userId)
  if (before) return before
  const outbox = openOutbox(userId, {
    storage: localStorage,
    send: ({ path, body }) => requestAs(userId, 'POST', path, body, AbortSignal.timeout(longestAnswer)),
    signedIn: async () => {
      const session = await request<{ user?: { id: string } } | null>('GET', '/api/auth/get-session')
      return session?.user?.id ?? null
    },
    alone,
    pause,
  })
  open.set(userId, outbox)
  const wake = () => {
    for (const waker of wakers) waker()
    void outbox.deliver()
  }
  window.addEventListener('online', wake)
  window.addEventListener('pageshow', wake)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake())
  window.addEventListener('storage', ({ key }) => {
    // Null: the whole storage was cleared.
    if (key !== null && !key.startsWith(outboxPrefix(userId))) return
    outbox.refresh()
    void outbox.deliver()
  })
  void outbox.deliver()
  return outbox
}

export function useOutbox(userId: string): OutboxView {
  useEffect(() => void outboxOf(userId).refresh(), [userId])
  return useSyncExternalStore(
    (listener) => outboxOf(userId).subscribe(listener),
    () => outboxOf(userId).view(),
    () => nothing,
  )
}

/** Pages that are not served over TLS or from loopback have no locks: there the server's keys alone prevent doubles. */
async function alone(name: string, task: () => Promise<void>): Promise<void> {
  if (navigator.locks) await navigator.locks.request(name, task)
  else await task()
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      wakers.delete(end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    wakers.add(end)
  })
}

/**
 * Resolves when everything is delivered.
 * @throws ApiError when answers wait for a connection or a session, or another tab is long about them
 */
export function emptied(outbox: Outbox): Promise<void> {
  void outbox.deliver()
  return new Promise((resolve, reject) => {
    const settle = (isEmpty: boolean) => {
      clearTimeout(timer)
      end()
      if (isEmpty) return resolve()
      const message = 'Your earlier answers are not delivered yet, so none can be reopened now.'
      const hint = 'They are kept here. Try again when they have been sent.'
      reject(new ApiError({ code: 'NETWORK', message, hint }, 0))
    }
    const look = () => {
      const { waiting, delivery } = outbox.view()
      if (waiting.length === 0) settle(true)
      else if (delivery.state === 'offline' || delivery.state === 'signed-out') settle(false)
    }
    const timer = setTimeout(() => settle(false), longestEmptying)
    const end = outbox.subscribe(look)
    look()
  })
}
