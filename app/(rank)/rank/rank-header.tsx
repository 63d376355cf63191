'use client'

import { BookOpen, Columns2, Diff, Keyboard, Rows2, X } from 'lucide-react'
import { Button, IconButton } from '../../ui/button.tsx'
import type { Progress } from './assignment.ts'
import { KeyHint } from './key-hint.tsx'
import type { Item } from './use-item.ts'

/** Progress, batch, and the switches of the view. */
export function RankHeader({
  progress,
  title,
  item,
  onLeave,
}: {
  progress: Progress | null
  title: string | null
  item?: Item
  onLeave: () => void
}) {
  return (
    <header className="flex min-h-12 items-center gap-x-4 border-b border-line bg-surface px-3 sm:px-4">
      <h1 className="sr-only">Rank</h1>
      {progress && <ProgressBar progress={progress} />}
      {title && <p className="min-w-0 truncate text-13 text-ink-2 max-sm:hidden">{title}</p>}
      <div className="ml-auto flex shrink-0 items-center gap-0.5">
        {item && <ViewSwitches item={item} />}
        <IconButton label="Leave the queue" onPress={onLeave}>
          <X aria-hidden />
        </IconButton>
      </div>
    </header>
  )
}

function ProgressBar({ progress: { mine, remainingForMe } }: { progress: Progress }) {
  const total = mine + remainingForMe
  return (
    <div className="flex shrink-0 items-center gap-3">
      <span className="text-13 font-medium tabular-nums">
        {mine} of {total}
      </span>
      <progress
        aria-label="Your progress"
        value={mine}
        max={Math.max(total, 1)}
        className="h-1.5 w-20 appearance-none overflow-hidden rounded-full bg-hover sm:w-36 [&::-moz-progress-bar]:bg-ink-2 [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-ink-2"
      />
    </div>
  )
}

function ViewSwitches({ item: { views, commands, pair, tooDifferent } }: { item: Item }) {
  const Layout = views.layout === 'side' ? Rows2 : Columns2
  return (
    <>
      {pair && (
        <Button
          kind="quiet"
          size="small"
          preventFocusOnPress
          aria-pressed={views.marking}
          className={views.marking ? 'bg-hover! text-ink!' : ''}
          onPress={commands.differences}
        >
          <Diff aria-hidden />
          <span className="max-lg:sr-only">
            {views.marking && tooDifferent ? 'Too different to mark' : 'Differences'}
          </span>
          <KeyHint>D</KeyHint>
        </Button>
      )}
      <Button
        kind="quiet"
        size="small"
        preventFocusOnPress
        className="max-md:hidden"
        onPress={commands.layout}
      >
        <Layout aria-hidden />
        <span className="max-lg:sr-only">{views.layout === 'side' ? 'Stack' : 'Side by side'}</span>
        <KeyHint>L</KeyHint>
      </Button>
      <Button
        kind="quiet"
        size="small"
        preventFocusOnPress
        aria-expanded={views.guidelinesOpen}
        onPress={commands.guidelines}
      >
        <BookOpen aria-hidden />
        <span className="max-lg:sr-only">Guidelines</span>
        <KeyHint>G</KeyHint>
      </Button>
      <Button
        kind="quiet"
        size="small"
        preventFocusOnPress
        className="pointer-coarse:hidden"
        onPress={commands.keys}
      >
        <Keyboard aria-hidden />
        <span className="max-lg:sr-only">Keys</span>
        <KeyHint>?</KeyHint>
      </Button>
    </>
  )
}
