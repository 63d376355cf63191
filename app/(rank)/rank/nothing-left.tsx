'use client'

import { CircleCheck, RotateCcw } from 'lucide-react'
import { useEffect } from 'react'
import { Button, LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { KeyHint } from './key-hint.tsx'
import type { Queue } from './use-queue.ts'

/** Nothing to rank now: what was done, and where to go. */
export function NothingLeft({ queue, home }: { queue: Queue; home: string }) {
  const mine = queue.progress?.mine ?? 0
  const { reopenLast } = queue
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'z' || event.repeat || event.ctrlKey || event.metaKey || event.altKey)
        return
      if (mine > 0) void reopenLast()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [mine, reopenLast])

  return (
    <main className="mx-auto flex w-full max-w-2xl flex-col justify-center gap-4 p-4">
      {queue.failure && <ErrorNotice failure={queue.failure} />}
      <EmptyState
        icon={<CircleCheck aria-hidden />}
        title={mine > 0 ? 'That was the last one for now' : 'Nothing to rank yet'}
        action={
          <>
            {mine > 0 && (
              <Button onPress={reopenLast} isPending={queue.phase === 'sending'}>
                <RotateCcw aria-hidden />
                Reopen the last <KeyHint>Z</KeyHint>
              </Button>
            )}
            <Button onPress={queue.next}>Look again</Button>
            <LinkButton href={mine > 0 ? '/rankings' : home} kind="primary">
              {mine > 0 ? 'My rankings' : 'Go back'}
            </LinkButton>
          </>
        }
      >
        {mine > 0
          ? `You have ranked ${mine === 1 ? 'one comparison' : `${mine} comparisons`}. New ones appear here as soon as researchers make them, or when somebody gives one back.`
          : 'Comparisons appear here as soon as researchers make them from prompts with two or more responses.'}
      </EmptyState>
    </main>
  )
}
