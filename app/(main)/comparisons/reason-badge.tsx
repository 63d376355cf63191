'use client'

import { useState } from 'react'
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components'
import { reasonWords } from './reason-choices.ts'

/** What chose a comparison; why, in words, while it is hovered, focused or pressed. */
export function ReasonBadge({ reason }: { reason: { by: string; text: string } }) {
  const [isOpen, setOpen] = useState(false)
  const word = reasonWords[reason.by] ?? reason.by
  return (
    <TooltipTrigger
      delay={150}
      closeDelay={0}
      isOpen={isOpen}
      onOpenChange={setOpen}
      shouldCloseOnPress={false}
    >
      <Button
        aria-label={`Why it was chosen: ${word.toLowerCase()}`}
        onPress={() => setOpen(true)}
        className="inline-flex h-5 cursor-help items-center whitespace-nowrap rounded-sm border border-line px-1.5 text-13 text-ink-2 data-hovered:border-line-strong"
      >
        {word}
      </Button>
      <Tooltip
        offset={4}
        className="max-w-80 rounded-md border border-line bg-surface px-3 py-2 text-13 text-ink shadow-overlay"
      >
        {reason.text}
      </Tooltip>
    </TooltipTrigger>
  )
}
