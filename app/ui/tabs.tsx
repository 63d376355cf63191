'use client'

import {
  Tabs as Base,
  Tab as BaseTab,
  TabList as BaseTabList,
  TabPanel as BaseTabPanel,
  type TabListProps,
  type TabPanelProps,
  type TabProps,
  type TabsProps,
} from 'react-aria-components'
import { cx } from './cx.ts'

export function Tabs({ className, ...props }: Omit<TabsProps, 'className'> & { className?: string }) {
  return <Base {...props} className={cx('flex min-w-0 flex-col', className)} />
}

export function TabList({
  className,
  ...props
}: Omit<TabListProps<object>, 'className'> & { className?: string }) {
  return (
    <BaseTabList {...props} className={cx('flex gap-4 overflow-x-auto border-b border-line', className)} />
  )
}

export function Tab(props: Omit<TabProps, 'className'>) {
  return (
    <BaseTab
      {...props}
      className="-mb-px flex h-8 pointer-coarse:h-11 shrink-0 cursor-default items-center gap-2 rounded-sm border-b-2 border-transparent text-14 text-ink-2 data-hovered:text-ink data-selected:border-ink data-selected:font-medium data-selected:text-ink"
    />
  )
}

export function TabPanel({ className, ...props }: Omit<TabPanelProps, 'className'> & { className?: string }) {
  return <BaseTabPanel {...props} className={cx('pt-4', className)} />
}
