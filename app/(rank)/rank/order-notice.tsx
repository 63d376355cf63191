'use client'

import { Button } from '../../ui/button.tsx'
import { unrankedCards } from './ranking-state.ts'
import type { Item } from './use-item.ts'
import { withoutRank } from './words.ts'

/** What is in the way of submitting, or makes it look unintended; gone with the next change. */
export function OrderNotice({ item, onLeaveAsItWas }: { item: Item; onLeaveAsItWas: () => void }) {
  const { doubt, commands } = item
  if (!doubt) return null
  const missing = unrankedCards(item.state.answer.marks)
  return (
    <div
      role="alert"
      className="mx-3 my-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line-strong bg-surface px-3 py-2"
    >
      {doubt === 'unfinished' && (
        <p>
          <span className="font-medium">{withoutRank(missing)}.</span>{' '}
          <span className="text-ink-2">If none is acceptable, say so instead.</span>
        </p>
      )}
      {doubt === 'unchanged' && (
        <>
          <p className="min-w-48 flex-1">
            <span className="font-medium">Nothing has changed.</span>{' '}
            <span className="text-ink-2">Your earlier ranking says the same.</span>
          </p>
          <Button size="small" className="pointer-coarse:min-h-11" onPress={onLeaveAsItWas}>
            Leave it as it was
          </Button>
          <Button kind="quiet" size="small" className="pointer-coarse:min-h-11" onPress={commands.submit}>
            Submit again
          </Button>
        </>
      )}
      {doubt === 'as-shown' && (
        <>
          <p className="min-w-48 flex-1">
            <span className="font-medium">This is the order they were shown in.</span>{' '}
            <span className="text-ink-2">If you mean it, submit once more.</span>
          </p>
          <Button size="small" className="pointer-coarse:min-h-11" onPress={commands.submit}>
            I mean it
          </Button>
        </>
      )}
    </div>
  )
}
