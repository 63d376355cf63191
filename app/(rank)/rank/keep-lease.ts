import { ApiError, request } from '../../ui/api.ts'

const renewEvery = 60_000

/**
 * Renews the lease every minute, and when the page comes back from sleep, and says whether it is lost. Returns what ends
 * it: an answer that comes later is not reported.
 */
export function keepLease(assignmentId: string, setLost: (lost: boolean) => void): () => void {
  let live = true
  const renew = async () => {
    if (document.visibilityState === 'hidden') return
    try {
      await request('POST', '/api/queue/renew', { assignmentId })
      if (live) setLost(false)
    } catch (error) {
      if (live && error instanceof ApiError && error.code === 'LEASE_LOST') setLost(true)
    }
  }
  const timer = setInterval(renew, renewEvery)
  document.addEventListener('visibilitychange', renew)
  return () => {
    live = false
    clearInterval(timer)
    document.removeEventListener('visibilitychange', renew)
  }
}
