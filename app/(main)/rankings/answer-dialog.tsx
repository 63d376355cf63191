'use client'

import { Badge } from '../../ui/badge.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import type { AnswerItem } from './answer.ts'
import { flagsOf, letterOf, orderOf, strengthWord } from './answer.ts'

/** One's own answer, as it was given. */
export function AnswerDialog({ answer, onClose }: { answer: AnswerItem | null; onClose: () => void }) {
  return (
    <Dialog
      wide
      title={answer?.status === 'skipped' ? 'Skipped' : 'Your ranking'}
      isOpen={answer !== null}
      onOpenChange={(open) => !open && onClose()}
    >
      {answer && (
        <div className="flex flex-col gap-4">
          <p className="whitespace-pre-wrap text-16">{answer.prompt}</p>
          <p className="flex flex-wrap gap-2">
            {answer.skipReason && <span className="text-ink-2">{answer.skipReason}</span>}
            {answer.groups && <span className="font-medium">{orderOf(answer)}</span>}
            {strengthWord(answer.strength) && <Badge>{strengthWord(answer.strength)}</Badge>}
            {answer.allBad && <Badge>none acceptable</Badge>}
            {flagsOf(answer, 'prompt').map((flag) => (
              <Badge key={flag} tone="danger">
                {flag}
              </Badge>
            ))}
          </p>
          {answer.comment && (
            <p className="border-l-2 border-line-strong pl-3 text-ink-2">{answer.comment}</p>
          )}
          <ol className="flex flex-col gap-2">
            {answer.completions.map((completion) => (
              <li key={completion.id} className="rounded-md border border-line p-3">
                <p className="mb-1 flex gap-2 text-13 font-semibold">
                  {letterOf(answer, completion.id)}
                  {flagsOf(answer, completion.id).map((flag) => (
                    <Badge key={flag} tone="danger">
                      {flag}
                    </Badge>
                  ))}
                </p>
                <Markdown>{completion.text}</Markdown>
              </li>
            ))}
          </ol>
        </div>
      )}
    </Dialog>
  )
}
