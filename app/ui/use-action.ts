'use client'

import { useCallback, useRef, useState } from 'react'
import { type Failure, failureFrom } from './api.ts'

export interface Action<Arguments extends unknown[]> {
  run: (...values: Arguments) => Promise<boolean>
  pending: boolean
  failure: Failure | null
  clear: () => void
}

/** One mutation of a component: whether it is under way, and why it failed. `run` answers whether it succeeded. */
export function useAction<Arguments extends unknown[]>(
  action: (...values: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [pending, setPending] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const latest = useRef(action)
  latest.current = action
  const run = useCallback(async (...values: Arguments) => {
    setPending(true)
    setFailure(null)
    try {
      await latest.current(...values)
      return true
    } catch (error) {
      setFailure(failureFrom(error))
      return false
    } finally {
      setPending(false)
    }
  }, [])
  const clear = useCallback(() => setFailure(null), [])
  return { run, pending, failure, clear }
}
