'use client'

import { X } from 'lucide-react'
import { IconButton } from '../../ui/button.tsx'
import type { Progress } from './assignment.ts'
import { BatchMenu } from './batch-menu.tsx'
import { DeliveryState } from './delivery-state.tsx'
import { useDesk } from './desk.ts'
import { paceLine, usePaceShown } from './pace.ts'
import type { Item } from './use-item.ts'
import { ViewSwitches } from './view-switches.tsx'

/** Progress, batch, pace, what is still to be sent, and the switches of the view: one row at any width. */
export function RankHeader({
  progress,
  title,
  item,
  onLeave,
}: {
  progress: Progress | null
  /** The batch's name, or what is special about this item. */
  title: string | null
  item?: Item
  onLeave: () => void
}) {
  const { batchName, source } = useDesk()
  const special = title !== batchName ? title : null
  return (
    <header className="relative flex min-h-12 items-center gap-x-1 border-b border-line bg-surface px-1 sm:gap-x-3 sm:px-3">
      <h1 className="sr-only">{source.adjudicating ? 'Decide' : 'Rank'}</h1>
      {source.adjudicating ? (
        <p className="min-w-0 truncate px-1 text-13 text-ink-2">
          {progress && (
            <span className="font-medium text-ink">
              {progress.mine} of {progress.mine + progress.remainingForMe}{' '}
            </span>
          )}
          <span className="max-sm:sr-only">{batchName}</span>
        </p>
      ) : (
        <BatchMenu progress={progress} name={batchName} />
      )}
      {progress && <Bar progress={progress} />}
      {special && <p className="min-w-0 truncate text-13 text-ink-2 max-md:sr-only">{special}</p>}
      {!special && <PaceLine />}
      <div className="ml-auto flex items-center gap-0.5 max-sm:min-w-0 sm:shrink-0">
        <DeliveryState />
        {item && (
          <div className="flex items-center gap-0.5 p-0.5 max-sm:min-w-0 max-sm:overflow-x-auto max-sm:[scrollbar-width:none]">
            <ViewSwitches item={item} />
          </div>
        )}
        <IconButton label="Leave the queue" className="pointer-coarse:size-11" onPress={onLeave}>
          <X aria-hidden />
        </IconButton>
      </div>
    </header>
  )
}

/** Beside the numbers where there is room, else along the lower edge of the header. */
function Bar({ progress: { mine, remainingForMe } }: { progress: Progress }) {
  const total = mine + remainingForMe
  return (
    <progress
      aria-label="Your progress"
      value={mine}
      max={Math.max(total, 1)}
      className="h-1.5 w-28 shrink-0 appearance-none overflow-hidden rounded-full bg-hover max-lg:absolute max-lg:inset-x-0 max-lg:-bottom-px max-lg:h-0.5 max-lg:w-full max-lg:rounded-none [&::-moz-progress-bar]:bg-ink-2 [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-ink-2"
    />
  )
}

/** For whoever wants to know; where there is no room it stands in the menu of batches. */
function PaceLine() {
  const { pace } = useDesk().queue
  const [shown] = usePaceShown()
  const line = paceLine(pace)
  if (!line || shown === 'off') return null
  return <p className="shrink-0 text-13 whitespace-nowrap text-ink-3 max-lg:hidden">{line}</p>
}
