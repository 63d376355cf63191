import NextLink from 'next/link'
import { cx } from './cx.ts'

export interface LinkTab {
  label: string
  href: string
  current: boolean
}

/** Addresses drawn like tabs: each is a page of its own, with its own filters. */
export function LinkTabs({ label, tabs }: { label: string; tabs: LinkTab[] }) {
  return (
    <nav aria-label={label} className="mb-4 flex gap-4 border-b border-line">
      {tabs.map((tab) => (
        <NextLink
          key={tab.href}
          href={tab.href}
          aria-current={tab.current ? 'page' : undefined}
          className={cx(
            '-mb-px flex h-8 items-center rounded-sm border-b-2 pointer-coarse:h-11',
            tab.current ? 'border-ink font-medium text-ink' : 'border-transparent text-ink-2 hover:text-ink',
          )}
        >
          {tab.label}
        </NextLink>
      ))}
    </nav>
  )
}
