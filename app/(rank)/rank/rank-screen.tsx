'use client'

import { useRouter } from 'next/navigation'
import { Activity, useEffect, useRef } from 'react'
import { DeskProvider } from './desk.ts'
import { ItemSkeleton } from './item-skeleton.tsx'
import { ItemView } from './item-view.tsx'
import { NothingLeft } from './nothing-left.tsx'
import { RankHeader } from './rank-header.tsx'
import { usePrepared } from './use-prepared.ts'
import { type Source, useQueue } from './use-queue.ts'
import { Waiting } from './waiting.tsx'

const theQueue: Source = {
  claim: '/api/queue/claim',
  undo: '/api/rankings/undo',
  adjudicating: false,
}

/** The queue filling the window: one comparison at a time. */
export function RankScreen({
  annotatorId,
  batch,
  reopen,
  guidelines,
  home,
  source = theQueue,
}: {
  /** Whose answers these are: they are kept in the browser under this name. */
  annotatorId: string
  batch?: string
  /** An assignment of theirs to begin with, answered or skipped before. */
  reopen?: string
  guidelines: string
  /** Where ⤫ leads. */
  home: string
  source?: Source
}) {
  const { shown, items, queueOf } = useQueue({ annotatorId, batch, reopen, source })
  const router = useRouter()
  useNextPainted(shown)
  const current = items[0] ?? null
  const isPrepared = usePrepared(items[1] ?? null)
  const queue = queueOf(current)
  const lastName = useRef<string | null>(null)
  if (current) lastName.current = current.batch?.name ?? null
  const batchName = current || batch !== undefined ? lastName.current : null
  const leave = async () => {
    await queue.leave()
    router.push(home)
  }
  return (
    <DeskProvider value={{ annotatorId, batch, batchName, source, queue }}>
      {(isPrepared ? items : items.slice(0, 1)).map((item) => (
        // The next item is drawn unseen while this one is being ranked, so that it takes no time when its turn comes.
        <Activity key={keyOf(item)} mode={item === current ? 'visible' : 'hidden'}>
          <ItemView
            assignment={item}
            queue={item === current ? queue : queueOf(item)}
            guidelines={guidelines}
            onLeave={leave}
          />
        </Activity>
      ))}
      {!current && (
        <div className="grid h-dvh grid-rows-[auto_1fr]">
          <RankHeader progress={queue.progress} title={null} onLeave={leave} />
          {queue.phase === 'loading' && <ItemSkeleton />}
          {(queue.phase === 'sending' || queue.phase === 'failed') && <Waiting />}
          {queue.phase === 'empty' && <NothingLeft home={home} />}
        </div>
      )}
    </DeskProvider>
  )
}

function keyOf({ id, previous }: { id: string; previous?: object }): string {
  return previous ? `${id} again` : id
}

/** Marks when the item after a submission stands on screen, for measuring. */
function useNextPainted(shown: number) {
  useEffect(() => {
    if (shown < 2) return
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => performance.mark('whetstone:next-painted'))
    })
    return () => cancelAnimationFrame(frame)
  }, [shown])
}
