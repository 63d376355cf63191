'use client'

import { CircleAlert, CircleCheck, X } from 'lucide-react'
import {
  UNSTABLE_Toast as Base,
  UNSTABLE_ToastQueue as Queue,
  UNSTABLE_ToastRegion as Region,
  Text,
  UNSTABLE_ToastContent as ToastContent,
} from 'react-aria-components'
import type { Failure } from './api.ts'
import { IconButton } from './button.tsx'

interface Message {
  tone: 'done' | 'failed'
  title: string
  detail?: string
}

const queue = new Queue<Message>({ maxVisibleToasts: 3 })

/** Says that something was done; goes after five seconds. */
export function toast(title: string, detail?: string) {
  queue.add({ tone: 'done', title, detail }, { timeout: 5000 })
}

/** Says that something failed; stays until it is closed. */
export function toastFailure(failure: Failure) {
  queue.add({ tone: 'failed', title: failure.message, detail: failure.hint })
}

export function Toasts() {
  return (
    <Region
      queue={queue}
      aria-label="Notifications"
      className="fixed right-4 bottom-20 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none sm:bottom-4"
    >
      {({ toast: shown }) => (
        <Base
          toast={shown}
          className="flex items-start gap-3 rounded-md border border-line bg-surface p-3 shadow-overlay"
        >
          {shown.content.tone === 'done' ? (
            <CircleCheck aria-hidden className="mt-0.5 text-ink-2" />
          ) : (
            <CircleAlert aria-hidden className="mt-0.5 text-danger" />
          )}
          <ToastContent className="min-w-0 flex-1">
            <Text slot="title" className="block font-medium">
              {shown.content.title}
            </Text>
            {shown.content.detail && (
              <Text slot="description" className="block text-13 text-ink-2">
                {shown.content.detail}
              </Text>
            )}
          </ToastContent>
          <IconButton slot="close" size="small" label="Close">
            <X aria-hidden />
          </IconButton>
        </Base>
      )}
    </Region>
  )
}
