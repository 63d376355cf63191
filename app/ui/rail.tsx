'use client'

import { Command, Ellipsis, LogOut, PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import NextLink from 'next/link'
import { usePathname } from 'next/navigation'
import { useState, useSyncExternalStore } from 'react'
import { AccountMenu, type Person, signOutOrSay } from './account-menu.tsx'
import { Button, IconButton } from './button.tsx'
import { openPalette } from './command-palette.tsx'
import { cx } from './cx.ts'
import { Kbd } from './kbd.tsx'
import { Mark } from './mark.tsx'
import { Menu, MenuItem } from './menu.tsx'
import { isAt, type Place, placesFor } from './navigation.ts'
import { railCookie, type Theme, writeCookie } from './theme.ts'
import { ThemeSwitch } from './theme-switch.tsx'

function RailLink({ place, narrow }: { place: Place; narrow: boolean }) {
  const here = isAt(usePathname(), place.href)
  return (
    <NextLink
      href={place.href}
      aria-current={here ? 'page' : undefined}
      title={narrow ? place.label : undefined}
      className={cx(
        'flex h-8 items-center gap-3 rounded-md px-2 text-14 transition-colors',
        here ? 'bg-hover font-medium text-ink' : 'text-ink-2 hover:bg-hover hover:text-ink',
      )}
    >
      <place.icon aria-hidden />
      <span className={narrow ? 'sr-only' : ''}>{place.label}</span>
    </NextLink>
  )
}

const never = () => () => {}

/** The palette's keys as this machine writes them. */
function PaletteKeys() {
  const mac = useSyncExternalStore(
    never,
    () => navigator.userAgent.includes('Mac'),
    () => false,
  )
  return <Kbd>{mac ? '⌘K' : 'Ctrl K'}</Kbd>
}

/** The left rail of a wide window. */
export function Rail({
  person,
  workspace,
  theme,
  collapsed,
}: {
  person: Person
  workspace: string
  theme: Theme
  collapsed: boolean
}) {
  const [narrow, setNarrow] = useState(collapsed)
  const toggle = () => {
    setNarrow(!narrow)
    writeCookie(railCookie, narrow ? '' : 'narrow')
  }
  return (
    <header
      className={cx(
        'sticky top-0 hidden h-dvh shrink-0 flex-col gap-3 overflow-y-auto border-r border-line bg-sunken p-2 sm:flex',
        narrow ? 'w-13' : 'w-56',
      )}
    >
      <div className={cx('flex gap-2', narrow ? 'flex-col items-center' : 'h-8 items-center pl-2')}>
        <Mark />
        <span className={cx('min-w-0 flex-1 truncate font-semibold', narrow && 'sr-only')} title={workspace}>
          {workspace}
        </span>
        <IconButton size="small" label={narrow ? 'Widen the rail' : 'Narrow the rail'} onPress={toggle}>
          {narrow ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
        </IconButton>
      </div>
      <Button
        onPress={openPalette}
        aria-label={narrow ? 'Go to anything' : undefined}
        aria-keyshortcuts="Meta+K Control+K"
        className={narrow ? 'px-0!' : 'justify-start! px-2! text-ink-3!'}
      >
        <Command aria-hidden />
        {!narrow && (
          <>
            <span className="flex-1 text-left">Go to…</span>
            <span aria-hidden>
              <PaletteKeys />
            </span>
          </>
        )}
      </Button>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-px">
        {placesFor(person.role, true).map((place) => (
          <RailLink key={place.href} place={place} narrow={narrow} />
        ))}
      </nav>
      {!narrow && <ThemeSwitch initial={theme} />}
      <AccountMenu person={person} narrow={narrow} />
    </header>
  )
}

/** The bar at the foot of a phone: four places, and the rest in a menu. */
export function BottomBar({ role }: { role: string }) {
  const path = usePathname()
  const places = placesFor(role, true)
  const preferred = ['/', '/rank', '/rankings', '/runs', '/models']
  const shown = places.filter(({ href }) => preferred.includes(href)).slice(0, 4)
  const rest = places.filter((place) => !shown.includes(place))
  const look = 'flex h-14 flex-1 flex-col items-center justify-center gap-1 text-13'
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-40 flex border-t border-line bg-sunken pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {shown.map(({ href, label, icon: Icon }) => (
        <NextLink
          key={href}
          href={href}
          aria-current={isAt(path, href) ? 'page' : undefined}
          className={cx(look, isAt(path, href) ? 'font-medium text-ink' : 'text-ink-2')}
        >
          <Icon aria-hidden />
          {label}
        </NextLink>
      ))}
      <Menu
        label="More pages"
        placement="top start"
        trigger={
          <Button kind="quiet" className={cx(look, 'h-14! gap-1! rounded-none! px-0! text-13!')}>
            <Ellipsis aria-hidden />
            More
          </Button>
        }
      >
        {rest.map(({ href, label, icon: Icon }) => (
          <MenuItem key={href} href={href} textValue={label}>
            <Icon aria-hidden />
            {label}
          </MenuItem>
        ))}
        <MenuItem textValue="Sign out" onAction={signOutOrSay}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </Menu>
    </nav>
  )
}
