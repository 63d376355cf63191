'use client'

import { useState } from 'react'
import { type Failure, failureFrom, request } from './api.ts'
import { Button } from './button.tsx'
import { ErrorNotice } from './error-notice.tsx'

export interface Page<T> {
  items: T[]
  nextCursor: string | null
  total: number
}

export interface Pages<T> {
  items: T[]
  total: number
  hasMore: boolean
  pending: boolean
  failure: Failure | null
  more: () => Promise<void>
}

/**
 * The first page from the server and those fetched since. `path` is the list's route with its filters, as in
 * '/api/prompts?q=parcel'. When the server sends another first page (a filter, a refresh), it starts again.
 */
export function usePages<T extends { id: string }>(path: string, first: Page<T>): Pages<T> {
  const [state, setState] = useState({ first, items: first.items, cursor: first.nextCursor })
  const [pending, setPending] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const fresh = state.first === first ? state : { first, items: first.items, cursor: first.nextCursor }
  if (fresh !== state) setState(fresh)

  const more = async () => {
    if (!fresh.cursor || pending) return
    setPending(true)
    setFailure(null)
    try {
      const separator = path.includes('?') ? '&' : '?'
      const cursor = encodeURIComponent(fresh.cursor)
      const page = await request<Page<T>>('GET', `${path}${separator}cursor=${cursor}`)
      setState((now) =>
        now.first === first ? { first, items: [...now.items, ...page.items], cursor: page.nextCursor } : now,
      )
    } catch (error) {
      setFailure(failureFrom(error))
    } finally {
      setPending(false)
    }
  }
  return { items: fresh.items, total: first.total, hasMore: fresh.cursor !== null, pending, failure, more }
}

/** Stands under a list that has more to show. */
export function LoadMore<T>({ pages }: { pages: Pages<T> }) {
  if (pages.failure)
    return (
      <div className="mt-3">
        <ErrorNotice failure={pages.failure} retry={pages.more} />
      </div>
    )
  if (!pages.hasMore) return null
  return (
    <div className="mt-3 flex items-center justify-center gap-3 text-13 text-ink-3">
      <span>
        {pages.items.length.toLocaleString('en')} of {pages.total.toLocaleString('en')}
      </span>
      <Button size="small" isPending={pages.pending} onPress={pages.more}>
        Load more
      </Button>
    </div>
  )
}
