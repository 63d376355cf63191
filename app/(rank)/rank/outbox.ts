import { ApiError, type Failure, failureFrom } from '../../ui/api.ts'
import type { Draft } from './assignment.ts'

/** An answer given and not yet known to be stored; it lies in the browser's storage until it is. */
export interface Answered {
  /** The server stores one ranking for one key, however often it comes. */
  idempotencyKey: string
  path: '/api/rankings' | '/api/rankings/skip'
  body: Record<string, unknown>
  assignmentId: string
  batch: { id: string; name: string } | null
  /** Milliseconds since 1970; answers go out in this order. */
  madeAt: number
  /** The first words of the prompt, and the answer as one line: what a person knows it by. */
  label: string
  line: string
  draft: Draft
  /** What it adds to the comparisons this annotator has ranked: nothing when it is skipped. */
  ranks: 0 | 1
  /** What it adds to all rankings: nothing either when it takes the place of an earlier one. */
  adds: 0 | 1
  refused?: Failure
}

export type Delivery =
  | { state: 'idle' | 'sending' }
  /** Nothing answered; the next attempt is `retryIn` seconds away at most. */
  | { state: 'offline'; retryIn: number }
  /** Nobody, or somebody else, is signed in here: all is kept until this annotator is back. */
  | { state: 'signed-out' }

export interface OutboxView {
  waiting: readonly Answered[]
  /** What the server will not take; kept until the annotator decides. */
  refused: readonly Answered[]
  delivery: Delivery
}

/** What the outbox needs of the world. */
export interface Surroundings {
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>
  /** Resolves with the server's answer, rejects with ApiError or with anything when no answer came. */
  send: (answered: Answered) => Promise<unknown>
  /** The user whose session the browser holds now. */
  signedIn: () => Promise<string | null>
  /** Runs the task while no other tab runs one of the same name. */
  alone: (name: string, task: () => Promise<void>) => Promise<void>
  /** Ends after this long, or earlier when a connection may be back. */
  pause: (milliseconds: number) => Promise<void>
}

export interface Outbox {
  view: () => OutboxView
  subscribe: (listener: () => void) => () => void
  /** False when storage is full: the answer is then kept in memory only, and must be waited for. */
  add: (answered: Omit<Answered, 'madeAt'>) => boolean
  /** Sends what waits; ends when nothing does, or when sending makes no sense before something changes. */
  deliver: () => Promise<void>
  retry: (key: string) => void
  discard: (key: string) => void
  /** Reads the storage again, which another tab has changed. */
  refresh: () => void
  onDelivered: (listener: (answered: Answered, answer: unknown) => void) => () => void
  close: () => void
}

/** After this many failures of the server itself, or refusals by what stands before it, an answer is put aside so that the others can go. */
const patience = 5
/** Seconds. */
const longestWait = 15

export const outboxPrefix = (userId: string) => `whetstone.outbox.${userId}.`

/**
 * Answers of one annotator on their way to the server: in order, each once, whatever breaks on the way. Each lies under
 * a key of its own, so that two tabs never write over each other's.
 */
export function openOutbox(userId: string, { storage, send, signedIn, alone, pause }: Surroundings): Outbox {
  const prefix = outboxPrefix(userId)
  const inMemory = new Map<string, Answered>()
  const failures = new Map<string, number>()
  const listeners = new Set<() => void>()
  const deliveryListeners = new Set<(answered: Answered, answer: unknown) => void>()
  let delivery: Delivery = { state: 'idle' }
  let closed = false
  let running: Promise<void> | null = null
  let again = false
  let view = look()

  function read(): Answered[] {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index))
    const stored = keys.flatMap((key) => (key?.startsWith(prefix) ? parse(storage.getItem(key)) : []))
    // Where storage was full, what it has of an answer is older than what is in memory.
    const kept = stored.filter(({ idempotencyKey }) => !inMemory.has(idempotencyKey))
    return [...kept, ...inMemory.values()].sort((a, b) => a.madeAt - b.madeAt)
  }

  function look(): OutboxView {
    const all = read()
    return {
      waiting: all.filter(({ refused }) => !refused),
      refused: all.filter(({ refused }) => refused),
      delivery,
    }
  }

  function tell(next: Delivery = delivery): void {
    delivery = next
    view = look()
    for (const listener of listeners) listener()
  }

  function write(answered: Answered): boolean {
    inMemory.delete(answered.idempotencyKey)
    try {
      storage.setItem(prefix + answered.idempotencyKey, JSON.stringify(answered))
      return true
    } catch (error) {
      if (!isFull(error)) throw error
      inMemory.set(answered.idempotencyKey, answered)
      return false
    }
  }

  function remove(key: string): void {
    inMemory.delete(key)
    storage.removeItem(prefix + key)
  }

  /** What became of one attempt. */
  async function attempt(answered: Answered): Promise<'gone' | 'later' | 'signed-out'> {
    const key = answered.idempotencyKey
    try {
      const answer = await send(answered)
      if (closed) return 'gone'
      remove(key)
      for (const listener of deliveryListeners) listener(answered, answer)
      return 'gone'
    } catch (error) {
      if (closed) return 'gone'
      const verdict = await judge(error, key)
      if (verdict === 'refused') write({ ...answered, refused: failureFrom(error) })
      return verdict === 'refused' ? 'gone' : verdict
    }
  }

  async function judge(error: unknown, key: string): Promise<'refused' | 'later' | 'signed-out'> {
    if (!(error instanceof ApiError) || error.code === 'NETWORK') return 'later'
    if (error.status === 401) return 'signed-out'
    if (isPassing(error.status)) return 'later'
    if (error.code === 'INTERNAL') {
      failures.set(key, (failures.get(key) ?? 0) + 1)
      return failures.get(key)! < patience ? 'later' : 'refused'
    }
    if (error.status !== 403 && error.status !== 404) return 'refused'
    // To somebody else's session this annotator's assignments do not exist.
    try {
      return (await signedIn()) === userId ? 'refused' : 'signed-out'
    } catch {
      return 'later'
    }
  }

  async function sendAll(): Promise<void> {
    for (let wait = 1; !closed; ) {
      const next = look().waiting[0]
      if (!next) return tell({ state: 'idle' })
      if (delivery.state === 'idle') tell({ state: 'sending' })
      const outcome = await attempt(next)
      if (closed) return
      if (outcome === 'signed-out') return tell({ state: 'signed-out' })
      if (outcome === 'later') {
        tell({ state: 'offline', retryIn: wait })
        await pause(wait * 1000)
        wait = Math.min(wait * 2, longestWait)
      } else {
        wait = 1
        tell({ state: 'sending' })
      }
    }
  }

  function deliver(): Promise<void> {
    again = true
    running ??= (async () => {
      while (again && !closed) {
        again = false
        await alone(`${prefix}delivery`, sendAll)
      }
    })().finally(() => {
      running = null
    })
    return running
  }

  return {
    view: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    add(answered) {
      const madeAt = Math.max(Date.now(), ...read().map((other) => other.madeAt + 1))
      const stored = write({ ...answered, madeAt })
      tell()
      void deliver()
      return stored
    },
    deliver,
    retry(key) {
      const answered = view.refused.find(({ idempotencyKey }) => idempotencyKey === key)
      if (!answered) return
      failures.delete(key)
      write({ ...answered, refused: undefined })
      tell()
      void deliver()
    },
    discard(key) {
      remove(key)
      tell()
    },
    refresh: () => tell(),
    onDelivered(listener) {
      deliveryListeners.add(listener)
      return () => deliveryListeners.delete(listener)
    },
    close() {
      closed = true
      listeners.clear()
      deliveryListeners.clear()
    },
  }
}

/** Whether the next attempt may go otherwise: the server or a proxy is busy, or away. */
function isPassing(status: number): boolean {
  return status >= 502 || [408, 425, 429].includes(status)
}

/** What this browser stored under a key of ours; nothing where another program wrote there. */
function parse(text: string | null): Answered[] {
  if (text === null) return []
  try {
    const answered = JSON.parse(text) as Answered
    return typeof answered?.idempotencyKey === 'string' ? [answered] : []
  } catch {
    return []
  }
}

/** Browsers refuse to store more with this name, in older Firefox with the second. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && ['QuotaExceededError', 'NS_ERROR_DOM_QUOTA_REACHED'].includes(error.name)
}
