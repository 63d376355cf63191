'use client'

import { useRouter } from 'next/navigation'
import { request } from '../../ui/api.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { useAction } from '../../ui/use-action.ts'
import type { AnswerItem } from './answer.ts'
import { flagsOf, letterOf, orderOf, strengthWord } from './answer.ts'

/** One's own answer, as it was given, and the way back to it. */
export function AnswerDialog({ answer, onClose }: { answer: AnswerItem | null; onClose: () => void }) {
  const router = useRouter()
  const skipped = answer?.status === 'skipped'
  // A skipped one may have gone to others meanwhile: that is told here, not after the page has changed.
  const reopen = useAction(async () => {
    await request('POST', '/api/rankings/reopen', { assignmentId: answer!.id })
    router.push(`/rank?item=${answer!.id}`)
  })
  const close = () => {
    reopen.clear()
    onClose()
  }
  return (
    <Dialog
      wide
      title={skipped ? 'Skipped' : 'Your ranking'}
      isOpen={answer !== null}
      onOpenChange={(open) => !open && close()}
      actions={
        answer?.canReopen && (
          <Button
            kind="primary"
            isPending={reopen.pending}
            onPress={() => (skipped ? void reopen.run() : router.push(`/rank?item=${answer.id}`))}
          >
            {skipped ? 'Rank it after all' : 'Change it'}
          </Button>
        )
      }
    >
      {answer && (
        <div className="flex flex-col gap-4">
          <p className="text-13 text-ink-3">
            {answer.batch && `${answer.batch.name} · `}
            {answer.millisecondsSpent !== null && `${Math.round(answer.millisecondsSpent / 1000)} s · `}
            <RelativeTime time={answer.createdAt} className="" />
            {answer.edited && ' · changed since you first ranked it'}
          </p>
          {reopen.failure && <ErrorNotice failure={reopen.failure} />}
          {skipped && !answer.canReopen && (
            <p className="text-ink-2">Others have ranked it since, so it needs nothing more from you.</p>
          )}
          <p className="whitespace-pre-wrap text-16 [overflow-wrap:anywhere]">{answer.prompt}</p>
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
            <p className="border-l-2 border-line-strong pl-3 text-ink-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
              {answer.comment}
            </p>
          )}
          <ol className="flex flex-col gap-2">
            {answer.edit && (
              <Response title={`${letterOf(answer, answer.edit.completionId)} improved by you`} flags={[]}>
                {answer.edit.text}
              </Response>
            )}
            {answer.completions.map((completion) => (
              <Response
                key={completion.id}
                title={letterOf(answer, completion.id)}
                flags={flagsOf(answer, completion.id)}
              >
                {completion.text}
              </Response>
            ))}
          </ol>
        </div>
      )}
    </Dialog>
  )
}

function Response({ title, flags, children }: { title: string; flags: string[]; children: string }) {
  return (
    <li className="rounded-md border border-line p-3">
      <p className="mb-1 flex flex-wrap gap-2 text-13 font-semibold">
        {title}
        {flags.map((flag) => (
          <Badge key={flag} tone="danger">
            {flag}
          </Badge>
        ))}
      </p>
      <Markdown>{children}</Markdown>
    </li>
  )
}
