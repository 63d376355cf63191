'use client'

import { Check, Flag as FlagIcon } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { digitOf, isChord } from './bindings.ts'
import { KeyHint } from './key-hint.tsx'
import type { Flag } from './ranking-state.ts'
import { useFocusBack } from './use-focus-back.ts'

const words: Record<string, string> = {
  harmful: 'Harmful',
  untrue: 'Untrue',
  'off-topic': 'Off the subject',
  'personal-data': 'Personal data',
  unreadable: 'Unreadable',
  'prompt-unusable': 'Prompt unusable',
}
const ofResponses = ['harmful', 'untrue', 'off-topic', 'personal-data', 'unreadable']
const ofPrompts = ['prompt-unusable', 'harmful', 'off-topic', 'personal-data', 'unreadable']

/** Marks the prompt or one response for the researchers; does not change the order. */
export function FlagMenu({
  target,
  name,
  flags,
  isOpen,
  onOpenChange,
  onToggle,
}: {
  target: Flag['target']
  /** 'prompt', 'response A'. */
  name: string
  flags: readonly Flag[]
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  onToggle: (flag: string) => void
}) {
  useFocusBack(isOpen)
  const own = flags.filter((flag) => flag.target === target).map(({ flag }) => flag)
  const said = own.map((flag) => words[flag] ?? flag).join(', ')
  const offered = target === 'prompt' ? ofPrompts : ofResponses
  const press = (event: KeyboardEvent) => {
    const flag = offered[Number(digitOf(event) ?? 0) - 1]
    if (!isOpen || !flag || event.repeat || isChord(event)) return
    event.preventDefault()
    event.stopPropagation()
    onToggle(flag)
    onOpenChange(false)
  }
  return (
    <span onKeyDownCapture={press} className="inline-flex min-w-0">
      <Menu
        label={`Flags of ${name}`}
        isOpen={isOpen}
        onOpenChange={onOpenChange}
        trigger={
          <Button
            kind="quiet"
            size="small"
            aria-label={said ? `Flag ${name}, now: ${said}` : `Flag ${name}`}
            className={cx(
              'px-1.5! pointer-coarse:h-11 pointer-coarse:min-w-11',
              own.length > 0 && 'text-danger!',
            )}
          >
            <FlagIcon aria-hidden className={cx(own.length > 0 && 'fill-current')} />
          </Button>
        }
      >
        {offered.map((flag, index) => (
          <MenuItem
            key={flag}
            textValue={words[flag]!}
            className="pointer-coarse:min-h-11"
            onAction={() => onToggle(flag)}
          >
            <Check aria-hidden className={cx(!own.includes(flag) && 'invisible')} />
            <span className="flex-1">{words[flag]}</span>
            {own.includes(flag) && <span className="sr-only"> (set)</span>}
            <KeyHint>{String(index + 1)}</KeyHint>
          </MenuItem>
        ))}
      </Menu>
    </span>
  )
}

/** What a response or the prompt is flagged with, in words. */
export function FlagLine({ target, flags }: { target: Flag['target']; flags: readonly Flag[] }) {
  const own = flags.filter((flag) => flag.target === target)
  if (own.length === 0) return null
  return (
    <p data-unmarked className="flex items-center gap-1.5 text-13 text-danger">
      <FlagIcon aria-hidden className="fill-current" />
      {own.map(({ flag }) => words[flag] ?? flag).join(', ')}
    </p>
  )
}
