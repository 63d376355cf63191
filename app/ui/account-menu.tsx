'use client'

import { ChevronsUpDown, LogOut, Settings } from 'lucide-react'
import { failureFrom, request } from './api.ts'
import { Button } from './button.tsx'
import { cx } from './cx.ts'
import { Menu, MenuItem } from './menu.tsx'
import { roleWords } from './roles.ts'
import { toastFailure } from './toast.tsx'

export interface Person {
  name: string
  email: string
  role: string
}

/** Ends the session and goes to the sign-in page, with nothing of the last one left in memory. */
export async function signOutOrSay() {
  try {
    await request('POST', '/api/auth/sign-out', {})
    window.location.assign('/sign-in')
  } catch (error) {
    toastFailure(failureFrom(error))
  }
}

function Initial({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="flex size-6 shrink-0 items-center justify-center rounded-full border border-line bg-surface text-13 font-medium text-ink-2"
    >
      {(name.trim()[0] ?? '?').toUpperCase()}
    </span>
  )
}

export function AccountMenu({ person, narrow }: { person: Person; narrow?: boolean }) {
  return (
    <Menu
      label="Account"
      placement="top start"
      trigger={
        <Button
          kind="quiet"
          aria-label={narrow ? `Account: ${person.name}` : undefined}
          className={cx('h-10!', narrow ? 'px-0!' : 'justify-start! px-2!')}
        >
          <Initial name={person.name} />
          {!narrow && (
            <>
              <span className="min-w-0 flex-1 text-left leading-tight">
                <span className="sr-only">Account: </span>
                <span className="block truncate text-ink">{person.name}</span>
                <span className="block truncate text-13 text-ink-3">
                  {roleWords[person.role] ?? person.role}
                </span>
              </span>
              <ChevronsUpDown aria-hidden className="text-ink-3" />
            </>
          )}
        </Button>
      }
    >
      {person.role !== 'ANNOTATOR' && (
        <MenuItem href="/settings" textValue="Settings">
          <Settings aria-hidden />
          Settings
        </MenuItem>
      )}
      <MenuItem onAction={signOutOrSay} textValue="Sign out">
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  )
}
