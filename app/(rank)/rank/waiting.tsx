'use client'

import { CloudOff, LoaderCircle } from 'lucide-react'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { useDesk } from './desk.ts'
import { NotTaken } from './not-taken.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import { useLasting } from './use-lasting.ts'

const worthTelling = 300

/** Nothing to show before the server answers: the next comparison is on its way, or there is no connection. */
export function Waiting() {
  const { queue } = useDesk()
  const late = useLasting(true, worthTelling)
  const { failure, waiting, outbox } = queue
  const signedOut = outbox.delivery.state === 'signed-out' || failure?.code === 'UNAUTHENTICATED'
  const offline = outbox.delivery.state === 'offline' || failure?.code === 'NETWORK'
  return (
    <main className="mx-auto flex w-full max-w-2xl flex-col justify-center gap-4 p-4">
      <NotTaken />
      {signedOut && <SignInAgain />}
      {!signedOut && offline && (
        <EmptyState icon={<CloudOff aria-hidden />} title="No connection">
          {waiting > 0
            ? `${waiting === 1 ? 'One answer waits' : `${waiting} answers wait`} in this browser and will be sent as soon as the connection is back. You may close the page: they go out when you open it again.`
            : 'The next comparison comes as soon as the connection is back. There is nothing you need to do.'}
        </EmptyState>
      )}
      {!signedOut && !offline && failure && <ErrorNotice failure={failure} retry={queue.next} />}
      {!signedOut && !offline && !failure && late && (
        <p role="status" className="flex items-center justify-center gap-2 text-ink-2">
          <LoaderCircle aria-hidden className="animate-spin" />
          {waiting > 0 ? 'Sending your answer…' : 'The next comparison is on its way…'}
        </p>
      )}
    </main>
  )
}
