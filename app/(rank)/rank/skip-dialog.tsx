'use client'

import type { KeyboardEvent } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { KeyHint } from './key-hint.tsx'

export const skipReasons = [
  'I do not know enough to judge',
  'The prompt makes no sense',
  'The responses are the same',
  'Harmful or private content',
  'It does not display properly',
]

/** Asks why; a number answers, Escape goes back. */
export function SkipDialog({ onClose, onSkip }: { onClose: () => void; onSkip: (reason: string) => void }) {
  const answer = (reason: string | undefined) => {
    if (!reason) return
    onClose()
    onSkip(reason)
  }
  const press = (event: KeyboardEvent) => {
    if (!event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey)
      answer(skipReasons[Number(/\d$/.exec(event.code)?.[0] ?? 0) - 1])
  }
  return (
    <Dialog
      title="Skip this one"
      lead="Somebody else will get it. You find it again under My rankings."
      isOpen
      onOpenChange={onClose}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside are what is operated */}
      <div onKeyDown={press} className="flex flex-col gap-1 pt-1">
        {skipReasons.map((reason, index) => (
          <Button
            key={reason}
            autoFocus={index === 0}
            className="justify-start"
            onPress={() => answer(reason)}
          >
            <KeyHint>{String(index + 1)}</KeyHint>
            {reason}
          </Button>
        ))}
      </div>
    </Dialog>
  )
}
