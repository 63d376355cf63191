'use client'

import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { applyTheme, type Theme } from './theme.ts'

const themes = [
  { id: 'system', label: 'As the system', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
] as const

/** Light, dark, or as the system; `initial` is what the server read from the cookie. */
export function ThemeSwitch({ initial, words }: { initial: Theme; words?: boolean }) {
  const [theme, setTheme] = useState<Theme>(initial)
  return (
    <ToggleButtonGroup
      aria-label="Theme"
      disallowEmptySelection
      selectedKeys={[theme]}
      onSelectionChange={(keys) => {
        const next = [...keys][0] as Theme
        setTheme(next)
        applyTheme(next)
      }}
      className="inline-flex self-start rounded-md border border-line bg-sunken p-px"
    >
      {themes.map(({ id, label, icon: Icon }) => (
        <ToggleButton
          key={id}
          id={id}
          aria-label={label}
          className="flex h-7 min-w-7 cursor-default items-center justify-center gap-2 rounded-sm px-1.5 text-13 text-ink-3 data-hovered:text-ink data-selected:bg-surface data-selected:text-ink data-selected:outline-1 data-selected:outline-line data-focus-visible:outline-2! data-focus-visible:outline-focus!"
        >
          <Icon aria-hidden />
          {words && <span className="pr-1">{label}</span>}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
