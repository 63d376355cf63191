'use client'

import { Component, type ReactNode, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Turn } from '../../ui/conversation.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import type { Assignment } from './assignment.ts'
import { Notices } from './notices.tsx'
import { RankHeader } from './rank-header.tsx'
import { letter } from './ranking-state.ts'
import { RawText } from './raw-text.tsx'
import { SkipDialog } from './skip-dialog.tsx'
import type { Queue } from './use-queue.ts'

interface Props {
  assignment: Assignment
  queue: Queue
  onLeave: () => void
  children: ReactNode
}

/** An item that cannot be drawn takes neither the queue nor the item before it away: it can be skipped. */
export class ItemBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    const { children, ...item } = this.props
    return this.state.failed ? (
      <BrokenItem {...item} onRetry={() => this.setState({ failed: false })} />
    ) : (
      children
    )
  }
}

/** The texts as they were written, and the ways past them. */
function BrokenItem({
  assignment: { prompt, completions, previous },
  queue,
  onLeave,
  onRetry,
}: Omit<Props, 'children'> & { onRetry: () => void }) {
  const [skipping, setSkipping] = useState(false)
  const isRanked = previous !== undefined && !previous.skipReason
  return (
    <div className="grid h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)]">
      <RankHeader progress={queue.progress} title={null} onLeave={onLeave} />
      <main className="overflow-y-auto p-3 sm:p-4">
        <div className="mx-auto flex max-w-4xl flex-col gap-4">
          <ErrorNotice
            failure={{
              code: 'INTERNAL',
              message: 'This comparison could not be drawn.',
              hint: `Its texts are below as they were written. ${isRanked ? 'Leave it as it was' : 'Skip it'}, or try again.`,
            }}
            retry={onRetry}
          />
          <Notices queue={queue} onSubmit={onRetry} />
          <div>
            {isRanked ? (
              <Button onPress={queue.leaveAsItWas}>Leave it as it was</Button>
            ) : (
              <Button isDisabled={queue.phase === 'sending'} onPress={() => setSkipping(true)}>
                Skip
              </Button>
            )}
          </div>
          <section aria-label="Prompt">
            <ol className="flex flex-col gap-2">
              {prompt.messages.map((message, index) => (
                <Turn key={index} message={message}>
                  <RawText text={message.content} />
                </Turn>
              ))}
            </ol>
          </section>
          {completions.map(({ id, text }, card) => (
            <article key={id} className="rounded-md border border-line bg-surface px-4 py-3">
              <h2 className="mb-2 text-14 font-semibold">Response {letter(card)}</h2>
              <RawText text={text} />
            </article>
          ))}
        </div>
      </main>
      {skipping && <SkipDialog onClose={() => setSkipping(false)} onSkip={queue.skip} />}
    </div>
  )
}
