'use client'

import { type KeyboardEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { digitOf, isChord } from './bindings.ts'
import { KeyHint } from './key-hint.tsx'

const reasons = [
  'I do not know enough to judge',
  'The prompt makes no sense',
  'The responses are the same',
  'Harmful or private content',
  'It does not display properly',
]

/** Asks why; a number answers, Escape goes back, and one's own words do too. */
export function SkipDialog({ onClose, onSkip }: { onClose: () => void; onSkip: (reason: string) => void }) {
  const [own, setOwn] = useState('')
  const answer = (reason: string | undefined) => {
    if (!reason) return
    onClose()
    onSkip(reason)
  }
  const press = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return
    if (!event.repeat && !isChord(event)) answer(reasons[Number(digitOf(event) ?? 0) - 1])
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
        {reasons.map((reason, index) => (
          <Button
            key={reason}
            autoFocus={index === 0}
            className="justify-start pointer-coarse:min-h-11"
            onPress={() => answer(reason)}
          >
            <KeyHint>{String(index + 1)}</KeyHint>
            {reason}
          </Button>
        ))}
        <form
          className="mt-3 flex items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            answer(own.trim())
          }}
        >
          <TextField
            label="In your own words"
            value={own}
            maxLength={200}
            onChange={setOwn}
            className="min-w-0 flex-1"
          />
          <Button type="submit" isDisabled={own.trim() === ''} className="pointer-coarse:min-h-11">
            Skip
          </Button>
        </form>
      </div>
    </Dialog>
  )
}
