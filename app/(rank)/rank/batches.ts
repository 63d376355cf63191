'use client'

import { useEffect, useState } from 'react'
import { request } from '../../ui/api.ts'
import type { Progress } from './assignment.ts'

export interface Batch extends Progress {
  id: string
  name: string
}

export const batchAddress = (id: string) => `/rank?${new URLSearchParams({ batch: id })}`

/** The batches that concern this annotator, asked for whenever they are wanted; null until they are here. */
export function useBatches(wanted: boolean): { batches: Batch[] | null; failed: boolean } {
  const [batches, setBatches] = useState<Batch[] | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (!wanted) return
    const ending = new AbortController()
    request<{ items: Batch[] }>('GET', '/api/queue/batches', undefined, { signal: ending.signal })
      .then(({ items }) => {
        setBatches(items)
        setFailed(false)
      })
      .catch(() => setFailed(!ending.signal.aborted))
    return () => ending.abort()
  }, [wanted])
  return { batches, failed }
}
