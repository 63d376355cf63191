'use client'

import { useRef, useState } from 'react'
import { Button, Popover } from 'react-aria-components'
import { reasonWords } from './reason-choices.ts'

/** What chose a comparison; why, in words, while it is hovered or focused, or after a press. Its name says it too. */
export function ReasonBadge({ reason }: { reason: { by: string; text: string } }) {
  const trigger = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  const word = reasonWords[reason.by] ?? reason.by
  return (
    <>
      <Button
        ref={trigger}
        aria-label={`${word}. ${reason.text}`}
        onHoverChange={setOpen}
        onFocusChange={setOpen}
        onPress={() => setOpen(true)}
        className="inline-flex h-5 cursor-help items-center whitespace-nowrap rounded-sm border border-line px-1.5 text-13 text-ink-2 data-hovered:border-line-strong"
      >
        {word}
      </Button>
      <Popover
        triggerRef={trigger}
        isNonModal
        isOpen={isOpen}
        onOpenChange={setOpen}
        placement="bottom start"
        offset={4}
        className="pointer-events-none max-w-80 rounded-md border border-line bg-surface px-3 py-2 text-13 text-ink shadow-overlay"
      >
        <span aria-hidden>{reason.text}</span>
      </Popover>
    </>
  )
}
