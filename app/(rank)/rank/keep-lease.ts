import { ApiError } from '../../ui/api.ts'
import { headersOf, requestAs } from './desk-request.ts'

const renewEvery = 60_000
const longestRelease = 3000
/** Items on their way back. */
const returning = new Set<Promise<void>>()

/** What keeps the leases of the items held. */
export interface LeaseKeeper {
  /** A claim has just told what is held. */
  confirm: () => void
  /** Renews unless that was done a moment ago: after sleep an item may be somebody else's. */
  check: () => void
  end: () => void
}

/**
 * Renews the leases of everything held every minute, and when the page comes back from sleep, and tells which of them
 * are lost: after each renewal, none being an empty list. What is not held any more when the answer comes is not told.
 */
export function keepLeases(
  annotatorId: string,
  held: () => string[],
  onResult: (lost: string[]) => void,
): LeaseKeeper {
  let live = true
  let confirmedAt = Date.now()
  const renew = async () => {
    const assignmentIds = held()
    if (document.visibilityState === 'hidden' || assignmentIds.length === 0) return
    const lost = await renewAll(annotatorId, assignmentIds)
    if (!live || lost === null) return
    confirmedAt = Date.now()
    const still = held()
    onResult(lost.filter((id) => still.includes(id)))
  }
  const timer = setInterval(renew, renewEvery)
  document.addEventListener('visibilitychange', renew)
  return {
    confirm() {
      confirmedAt = Date.now()
    },
    check() {
      if (Date.now() - confirmedAt > 1.5 * renewEvery) void renew()
    },
    end() {
      live = false
      clearInterval(timer)
      document.removeEventListener('visibilitychange', renew)
    },
  }
}

/** Ids whose lease is lost; null when that could not be learnt, which the next renewal tries again. */
async function renewAll(annotatorId: string, assignmentIds: string[]): Promise<string[] | null> {
  try {
    await requestAs(annotatorId, 'POST', '/api/queue/renew', { assignmentIds })
    return []
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'LEASE_LOST')) return null
    return assignmentIds.filter((id) => error.message.includes(id))
  }
}

/** Gives an item back, also while the page goes. A lease that is not given back runs out by itself. */
export function giveBack(annotatorId: string, assignmentId: string): Promise<void> {
  const released = fetch('/api/queue/release', {
    method: 'POST',
    headers: headersOf(annotatorId),
    body: JSON.stringify({ assignmentId }),
    keepalive: true,
    signal: AbortSignal.timeout(longestRelease),
  }).then(
    () => {},
    () => {},
  )
  returning.add(released)
  return released.finally(() => returning.delete(released))
}

/** Resolves when nothing is on its way back, after seconds at most: a claim before would be told of items that go. */
export async function allGivenBack(): Promise<void> {
  await Promise.all(returning)
}
