'use client'

import { useRouter } from 'next/navigation'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { ItemSkeleton } from './item-skeleton.tsx'
import { ItemView } from './item-view.tsx'
import { NothingLeft } from './nothing-left.tsx'
import { RankHeader } from './rank-header.tsx'
import { useQueue } from './use-queue.ts'

/** The queue filling the window: one comparison at a time. */
export function RankScreen({
  batch,
  guidelines,
  home,
}: {
  batch?: string
  guidelines: string
  /** Where ⤫ leads. */
  home: string
}) {
  const queue = useQueue(batch)
  const router = useRouter()
  const leave = async () => {
    await queue.leave()
    router.push(home)
  }
  if (queue.assignment)
    return (
      <ItemView
        key={`${queue.assignment.id} ${queue.assignment.previous ? 'again' : ''}`}
        assignment={queue.assignment}
        queue={queue}
        guidelines={guidelines}
        onLeave={leave}
      />
    )
  return (
    <div className="grid h-dvh grid-rows-[auto_1fr]">
      <RankHeader progress={queue.progress} title={null} onLeave={leave} />
      {queue.phase === 'loading' && <ItemSkeleton />}
      {(queue.phase === 'empty' || queue.phase === 'sending') && <NothingLeft queue={queue} home={home} />}
      {queue.phase === 'failed' && queue.failure && (
        <div className="mx-auto w-full max-w-lg p-4">
          <ErrorNotice failure={queue.failure} retry={queue.next} />
        </div>
      )}
    </div>
  )
}
