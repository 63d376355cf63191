'use client'

import { useRef, useState } from 'react'
import { LoadMore, type Page, usePages } from '../../ui/load-more.tsx'
import { SuspectCard } from './suspect-card.tsx'
import type { Reward, SuspectItem } from './types.ts'

/** The suspects, the most confident first; one that was decided leaves, and the next one has the focus. */
export function SuspectList({
  first,
  path,
  reward,
}: {
  first: Page<SuspectItem>
  path: string
  reward: Reward
}) {
  const pages = usePages(path, first)
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set())
  const list = useRef<HTMLOListElement>(null)
  const shown = pages.items.filter(({ id }) => !decided.has(id))

  const decide = (id: string) => {
    const at = shown.findIndex((item) => item.id === id)
    const next = shown[at + 1] ?? shown[at - 1]
    setDecided((before) => new Set([...before, id]))
    const element = next && document.getElementById(`suspect-${next.id}`)
    ;(element ?? list.current)?.focus()
  }

  return (
    <>
      <ol ref={list} tabIndex={-1} aria-label="Suspect rankings" className="flex flex-col gap-4 outline-none">
        {shown.map((item) => (
          <li
            key={item.id}
            id={`suspect-${item.id}`}
            tabIndex={-1}
            className="rounded-md border border-line bg-surface focus-visible:outline-2 focus-visible:outline-focus"
          >
            <SuspectCard item={item} reward={reward} onDecided={() => decide(item.id)} />
          </li>
        ))}
      </ol>
      {shown.length === 0 && !pages.hasMore && (
        <p role="status" className="rounded-md border border-dashed border-line p-8 text-center text-ink-2">
          That was the last one.
        </p>
      )}
      <LoadMore pages={pages} />
    </>
  )
}
