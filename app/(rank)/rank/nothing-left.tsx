'use client'

import { CircleCheck, RotateCcw } from 'lucide-react'
import { useEffect } from 'react'
import { Button, LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { Link } from '../../ui/link.tsx'
import { batchAddress, useBatches } from './batches.ts'
import { keyName } from './bindings.ts'
import { useDesk } from './desk.ts'
import { HintOf } from './key-hint.tsx'
import { NotTaken } from './not-taken.tsx'
import { reasonForNothing } from './reason-for-nothing.ts'
import { useBindings } from './use-bindings.ts'

/** Nothing to rank now: why, and where to go. */
export function NothingLeft({ home }: { home: string }) {
  const { queue, batch, source } = useDesk()
  const mine = queue.progress?.mine ?? 0
  const canReopen = mine > 0
  useUndoKey(canReopen, queue.reopenLast)
  const { title, text } = reasonForNothing(queue.progress, {
    oneBatch: batch !== undefined,
    adjudicating: source.adjudicating,
  })
  return (
    <main className="mx-auto flex w-full max-w-2xl flex-col justify-center gap-4 overflow-y-auto p-4">
      <NotTaken />
      {queue.failure && <ErrorNotice failure={queue.failure} />}
      <EmptyState
        icon={<CircleCheck aria-hidden />}
        title={title}
        action={
          <span className="contents pointer-coarse:[&_a]:h-11 pointer-coarse:[&_button]:h-11">
            {canReopen && (
              <Button onPress={queue.reopenLast}>
                <RotateCcw aria-hidden />
                Reopen the last <HintOf command="undo" />
              </Button>
            )}
            <Button onPress={queue.next}>Look again</Button>
            <LinkButton href={mine > 0 && !source.adjudicating ? '/rankings' : home} kind="primary">
              {mine > 0 && !source.adjudicating ? 'My rankings' : 'Go back'}
            </LinkButton>
          </span>
        }
      >
        {text}
      </EmptyState>
      {!source.adjudicating && <OtherBatches />}
    </main>
  )
}

/** Where there is more to do. */
function OtherBatches() {
  const { batch } = useDesk()
  const { batches } = useBatches(true)
  const others = batches?.filter(
    ({ id, name, remainingForMe }) => remainingForMe > 0 && id !== batch && name !== batch,
  )
  if (!others?.length) return null
  return (
    <section aria-labelledby="other-batches" className="rounded-md border border-line bg-surface p-4">
      <h2 id="other-batches" className="font-medium">
        More to rank elsewhere
      </h2>
      <ul className="mt-1 flex flex-col">
        {others.map(({ id, name, remainingForMe }) => (
          <li key={id} className="flex min-h-9 items-center justify-between gap-3 pointer-coarse:min-h-11">
            <Link href={batchAddress(id)} className="wrap-anywhere">
              {name}
            </Link>
            <span className="shrink-0 text-13 text-ink-2">{remainingForMe} left for you</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function useUndoKey(active: boolean, undo: () => Promise<void>) {
  const [bindings] = useBindings()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!active || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof Element && event.target.closest('[role=dialog], [role=menu]')) return
      if (keyName(event) === bindings.undo) void undo()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [active, bindings.undo, undo])
}
