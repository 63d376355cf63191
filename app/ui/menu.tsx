'use client'

import type { ReactNode } from 'react'
import {
  Menu as Base,
  MenuItem as BaseItem,
  type MenuItemProps,
  MenuTrigger,
  Popover,
} from 'react-aria-components'
import { cx } from './cx.ts'
import { itemClass, popoverClass } from './select.tsx'

/** `trigger` is a Button; the children are MenuItems. */
export function Menu({
  trigger,
  label,
  placement = 'bottom end',
  children,
  ...open
}: {
  trigger: ReactNode
  label: string
  /** Given when something beside the trigger opens it too. */
  isOpen?: boolean
  onOpenChange?: (isOpen: boolean) => void
  placement?: 'bottom end' | 'bottom start' | 'top start' | 'right bottom'
  children: ReactNode
}) {
  return (
    <MenuTrigger {...open}>
      {trigger}
      {/* No fading: a menu on its way out keeps the focus, and with it the keys, until it is gone. */}
      <Popover placement={placement} className={cx(popoverClass, 'min-w-48')}>
        <Base aria-label={label} className="outline-none">
          {children}
        </Base>
      </Popover>
    </MenuTrigger>
  )
}

export function MenuItem({
  danger,
  className,
  ...props
}: Omit<MenuItemProps, 'className'> & { danger?: boolean; className?: string }) {
  return <BaseItem {...props} className={cx(itemClass, danger && 'text-danger!', className)} />
}
