'use client'

import { CloudOff, CloudUpload, LogIn, MailWarning } from 'lucide-react'
import { Link } from '../../ui/link.tsx'
import { useLasting } from './use-lasting.ts'
import { useOutbox } from './use-outbox.ts'

/** Deliveries that take less are nobody's concern (ms). */
const worthTelling = 1500

/** Delivers, on any page, the answers this browser still keeps; says so when that takes long or one was not taken. */
export function Unsent({ userId }: { userId: string }) {
  const { waiting, refused, delivery } = useOutbox(userId)
  const late = useLasting(waiting.length > 0, worthTelling)
  return (
    <p
      role="status"
      className="mb-4 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-md border border-line bg-surface px-3 py-2 text-13 text-ink-2 empty:hidden"
    >
      {refused.length > 0 ? (
        <>
          <MailWarning aria-hidden className="shrink-0" />
          {refused.length === 1 ? 'One of your rankings was' : `${refused.length} of your rankings were`} not
          taken. <Link href="/rank">See why</Link>
        </>
      ) : (
        late && <Late count={waiting.length} state={delivery.state} />
      )}
    </p>
  )
}

function Late({ count, state }: { count: number; state: string }) {
  const rankings = count === 1 ? 'One ranking' : `${count} rankings`
  const waits = count === 1 ? 'waits' : 'wait'
  if (state === 'signed-out')
    return (
      <>
        <LogIn aria-hidden className="shrink-0" />
        {rankings} {waits} in this browser until you sign in again. <Link href="/rank">Go to Rank</Link>
      </>
    )
  const Icon = state === 'offline' ? CloudOff : CloudUpload
  return (
    <>
      <Icon aria-hidden className="shrink-0" />
      {rankings} of yours {waits} to be sent{state === 'offline' && ', as there is no connection'}.{' '}
      <Link href="/rank">Go to Rank</Link>
    </>
  )
}
