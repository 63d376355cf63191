'use client'

import { Check, Flag as FlagIcon } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import type { Flag } from './ranking-state.ts'
import { useFocusBack } from './use-focus-back.ts'

export const flagWords: Record<string, string> = {
  harmful: 'Harmful',
  untrue: 'Untrue',
  'off-topic': 'Off the subject',
  'personal-data': 'Personal data',
  unreadable: 'Unreadable',
}

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
  const said = own.map((flag) => flagWords[flag] ?? flag).join(', ')
  return (
    <Menu
      label={`Flags of ${name}`}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      trigger={
        <Button
          kind="quiet"
          size="small"
          aria-label={said ? `Flag ${name}, now: ${said}` : `Flag ${name}`}
          className={cx('px-1.5!', own.length > 0 && 'text-danger!')}
        >
          <FlagIcon aria-hidden />
          {own.length > 0 && <span className="max-w-28 truncate">{said}</span>}
        </Button>
      }
    >
      {Object.entries(flagWords).map(([flag, word]) => (
        <MenuItem key={flag} textValue={word} onAction={() => onToggle(flag)}>
          <Check aria-hidden className={cx(!own.includes(flag) && 'invisible')} />
          {word}
          {own.includes(flag) && <span className="sr-only"> (set)</span>}
        </MenuItem>
      ))}
    </Menu>
  )
}
