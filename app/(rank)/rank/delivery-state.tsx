'use client'

import { CloudOff, CloudUpload } from 'lucide-react'
import { useDesk } from './desk.ts'
import { useLasting } from './use-lasting.ts'

/** Deliveries that take less are nobody's concern. */
const worthTelling = 1500

/** '2 waiting to be sent'; nothing when all is sent. */
export function DeliveryState() {
  const { waiting, outbox } = useDesk().queue
  const offline = outbox.delivery.state === 'offline'
  const late = useLasting(waiting > 0, worthTelling) || (offline && waiting > 0)
  const Icon = offline ? CloudOff : CloudUpload
  const words = `${waiting} waiting to be sent`
  return (
    <p
      role="status"
      className="flex shrink-0 items-center gap-1.5 px-1 text-13 text-ink-2 empty:hidden"
      title={words}
    >
      {late && (
        <>
          <Icon aria-hidden className="shrink-0" />
          <span aria-hidden className="sm:hidden">
            {waiting}
          </span>
          <span className="max-sm:sr-only">{words}</span>
        </>
      )}
    </p>
  )
}
