'use client'

import { CloudOff, HardDrive, Hourglass } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { NotTaken } from './not-taken.tsx'
import { Notice } from './notice.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import type { Queue } from './use-queue.ts'

/** What stands between the annotator and a saved ranking; the answer stays on screen meanwhile. */
export function Notices({ queue, onSubmit }: { queue: Queue; onSubmit: () => void }) {
  const foremost = foremostOf(queue, onSubmit)
  const notTaken = queue.outbox.refused.length > 0
  if (!foremost && !notTaken) return null
  return (
    <div className="flex flex-col gap-2">
      {notTaken && <NotTaken />}
      {foremost}
    </div>
  )
}

function foremostOf(queue: Queue, onSubmit: () => void): ReactNode {
  if (queue.outbox.delivery.state === 'signed-out') return <SignInAgain />
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
  if (queue.storageFull)
    return (
      <Notice
        icon={<HardDrive aria-hidden />}
        title={
          queue.retryIn === null ? 'Sending your answer.' : 'No connection: your answer is not saved yet.'
        }
        hint="This browser has no room left to keep answers, so each is sent before the next comparison comes. Keep this page open until it has gone."
      />
    )
  if (queue.failure?.code === 'NETWORK')
    return <Notice icon={<CloudOff aria-hidden />} title={queue.failure.message} hint={queue.failure.hint} />
  if (queue.failure) return <ErrorNotice failure={queue.failure} />
  return null
}
