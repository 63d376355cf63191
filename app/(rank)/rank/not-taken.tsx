'use client'

import { MailWarning } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useDesk } from './desk.ts'
import { Notice } from './notice.tsx'
import type { Answered } from './outbox.ts'
import { outboxOf } from './use-outbox.ts'

/** Answers that the server would not take, until the annotator has decided about each. */
export function NotTaken() {
  const { queue, annotatorId } = useDesk()
  const { refused } = queue.outbox
  const [isOpen, setOpen] = useState(false)
  if (refused.length === 0) return null
  const outbox = outboxOf(annotatorId)
  const many = refused.length > 1
  return (
    <>
      <Notice
        icon={<MailWarning aria-hidden />}
        title={
          many ? `${refused.length} of your answers were not taken.` : 'One of your answers was not taken.'
        }
        hint={many ? 'They are kept here.' : `It is kept here: ${short(refused[0]!.label)}`}
      >
        <Button size="small" onPress={() => setOpen(true)}>
          {many ? 'Show them' : 'Show it'}
        </Button>
      </Notice>
      <Dialog
        title={many ? 'Answers that were not taken' : 'An answer that was not taken'}
        lead={`${many ? 'They lie' : 'It lies'} in this browser until you have sent or discarded ${many ? 'them' : 'it'}.`}
        isOpen={isOpen}
        onOpenChange={setOpen}
      >
        <ul className="flex flex-col divide-y divide-line">
          {refused.map((answered) => (
            <Refused
              key={answered.idempotencyKey}
              answered={answered}
              onRetry={() => outbox.retry(answered.idempotencyKey)}
              onDiscard={() => outbox.discard(answered.idempotencyKey)}
            />
          ))}
        </ul>
      </Dialog>
    </>
  )
}

function Refused({
  answered: { label, line, refused, draft },
  onRetry,
  onDiscard,
}: {
  answered: Answered
  onRetry: () => void
  onDiscard: () => void
}) {
  const [copied, setCopied] = useState(false)
  const words = [label, line, draft.edit?.text, draft.comment].filter(Boolean).join('\n\n')
  const copy = async () => {
    await navigator.clipboard.writeText(words)
    setCopied(true)
  }
  const small = { size: 'small', className: 'pointer-coarse:h-11' } as const
  return (
    <li className="flex flex-col gap-1 py-3 first:pt-0">
      <p className="font-medium wrap-anywhere">{label}</p>
      <p className="text-ink-2 wrap-anywhere">{line}</p>
      {draft.comment && <p className="text-13 text-ink-2 wrap-anywhere">“{draft.comment}”</p>}
      {refused && (
        <p className="text-13 text-danger wrap-anywhere">
          {refused.message} {refused.hint}
        </p>
      )}
      <div className="mt-1 flex flex-wrap gap-2">
        <Button {...small} onPress={onRetry}>
          Try again
        </Button>
        {/* Pages that are not served over TLS have no clipboard. */}
        {typeof navigator !== 'undefined' && navigator.clipboard && (
          <Button {...small} onPress={copy}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
        <Button {...small} onPress={onDiscard}>
          Discard
        </Button>
      </div>
    </li>
  )
}

function short(words: string): string {
  return words.length > 48 ? `${words.slice(0, 48).trimEnd()}…` : words
}
