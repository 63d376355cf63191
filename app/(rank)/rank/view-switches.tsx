'use client'

import { BookOpen, Columns2, Diff, Keyboard, Pilcrow, Rows2 } from 'lucide-react'
import { type ReactNode, useSyncExternalStore } from 'react'
import { Button } from '../../ui/button.tsx'
import { HintOf } from './key-hint.tsx'
import type { Command } from './keys.ts'
import type { Item } from './use-item.ts'
import { canMark } from './use-marks.ts'

const neverChanges = () => () => {}

/** How the responses are shown: marked, raw, side by side or stacked; the guidelines, and the keys. */
export function ViewSwitches({ item }: { item: Item }) {
  const { views, tooDifferent } = item
  const marks = useSyncExternalStore(neverChanges, canMark, () => true)
  const Layout = views.layout === 'side' ? Rows2 : Columns2
  return (
    <>
      <Switch
        word={tooDifferent ? 'Too much differs to mark' : 'Differences'}
        command="differences"
        icon={<Diff aria-hidden />}
        isOn={views.marking && marks}
        lacking={marks ? undefined : 'This browser cannot mark differences: a newer one can'}
        item={item}
      />
      <Switch word="Raw text" command="raw" icon={<Pilcrow aria-hidden />} isOn={views.raw} item={item} />
      <Switch
        word={views.layout === 'side' ? 'Stack' : 'Side by side'}
        command="layout"
        icon={<Layout aria-hidden />}
        item={item}
      />
      <Switch
        word="Guidelines"
        command="guidelines"
        icon={<BookOpen aria-hidden />}
        isExpanded={views.guidelinesOpen}
        item={item}
      />
      <Switch
        word="Keys"
        command="keys"
        icon={<Keyboard aria-hidden />}
        className="pointer-coarse:hidden"
        item={item}
      />
    </>
  )
}

function Switch({
  word,
  command,
  icon,
  isOn,
  isExpanded,
  lacking,
  className = '',
  item: { views, commands },
}: {
  word: string
  command: Command
  icon: ReactNode
  isOn?: boolean
  isExpanded?: boolean
  /** Why this does nothing here. */
  lacking?: string
  className?: string
  item: Item
}) {
  // The guidelines take their width from the header too.
  const isTight = views.guidelinesOpen
  const button = (
    <Button
      kind="quiet"
      size="small"
      preventFocusOnPress
      isDisabled={lacking !== undefined}
      aria-pressed={isOn}
      aria-expanded={isExpanded}
      className={`${isOn ? 'bg-hover! text-ink!' : ''} pointer-coarse:size-11 pointer-coarse:px-0! lg:pointer-coarse:w-auto lg:pointer-coarse:px-2! ${className}`}
      onPress={commands[command]}
    >
      {icon}
      <span className={isTight ? 'max-2xl:sr-only' : 'max-xl:sr-only'}>{word}</span>
      {lacking ? <span className="sr-only">. {lacking}</span> : <HintOf command={command} />}
    </Button>
  )
  return lacking ? <span title={lacking}>{button}</span> : button
}
