'use client'

import { useSyncExternalStore } from 'react'
import { durationWords } from './duration-words.ts'

function everySecond(notify: () => void) {
  const timer = setInterval(notify, 1000)
  return () => clearInterval(timer)
}
const thisSecond = () => Math.floor(Date.now() / 1000) * 1000
const never = () => () => {}

/** How long a run took, or has been going; an en dash before it starts. */
export function Duration({
  startedAt,
  finishedAt,
}: {
  startedAt: Date | string | null
  finishedAt: Date | string | null
}) {
  const now = useSyncExternalStore(startedAt && !finishedAt ? everySecond : never, thisSecond, () => null)
  if (!startedAt) return <span className="text-ink-3">–</span>
  const end = finishedAt ? new Date(finishedAt).getTime() : now
  if (end === null) return <span className="text-ink-3">…</span>
  return (
    <span className="whitespace-nowrap tabular-nums">
      {durationWords(end - new Date(startedAt).getTime())}
    </span>
  )
}
