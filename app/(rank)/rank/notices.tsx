'use client'

import { CircleAlert, CloudOff, Hourglass, ListOrdered } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import type { Queue } from './use-queue.ts'
import { withoutRank } from './words.ts'

/** What stands between the annotator and a saved ranking; the answer stays on screen meanwhile. */
export function Notices({
  queue,
  missing,
  onSubmit,
}: {
  queue: Queue
  missing: number[]
  onSubmit: () => void
}) {
  if (queue.leaseLost)
    return (
      <Notice
        icon={<Hourglass aria-hidden />}
        title="Your hold on this comparison ran out, and it may have gone to somebody else."
        hint="What you ranked and wrote is still here. Try to submit it, or go on to the next one."
      >
        <Button size="small" onPress={onSubmit}>
          Submit anyway
        </Button>
        <Button size="small" onPress={queue.next}>
          Next comparison
        </Button>
      </Notice>
    )
  if (queue.retryIn !== null)
    return (
      <Notice
        icon={<CloudOff aria-hidden />}
        title="No connection: your ranking is not saved yet."
        hint={`It is kept here and sent again by itself, in ${queue.retryIn} s at the latest.`}
      />
    )
  if (queue.failure?.code === 'CONFLICT')
    return (
      <Notice icon={<CircleAlert aria-hidden />} title={queue.failure.message} hint={queue.failure.hint}>
        <Button size="small" onPress={queue.reopenLast}>
          Reopen
        </Button>
        <Button size="small" onPress={queue.next}>
          Next comparison
        </Button>
      </Notice>
    )
  if (queue.failure)
    return <ErrorNotice failure={queue.failure} retry={queue.phase === 'failed' ? queue.next : undefined} />
  if (missing.length > 0)
    return (
      <Notice
        icon={<ListOrdered aria-hidden />}
        title={`${withoutRank(missing)}.`}
        hint="Press 0 if none is acceptable."
      />
    )
  return null
}

function Notice({
  icon,
  title,
  hint,
  children,
}: {
  icon: ReactNode
  title: string
  hint: string
  children?: ReactNode
}) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-start gap-3 rounded-md border border-line-strong bg-surface p-3"
    >
      <span className="mt-0.5 text-ink-2">{icon}</span>
      <div className="min-w-48 flex-1">
        <p className="font-medium">{title}</p>
        <p className="text-ink-2">{hint}</p>
      </div>
      <div className="flex gap-2">{children}</div>
    </div>
  )
}
