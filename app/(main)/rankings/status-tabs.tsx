import NextLink from 'next/link'
import { cx } from '../../ui/cx.ts'

const places = [
  { status: 'submitted', word: 'Submitted', href: '/rankings' },
  { status: 'skipped', word: 'Skipped', href: '/rankings?status=skipped' },
] as const

/** Submitted or skipped: two addresses, drawn like tabs. */
export function StatusTabs({ status }: { status: 'submitted' | 'skipped' }) {
  return (
    <nav aria-label="Which answers" className="mb-3 flex gap-4 border-b border-line">
      {places.map((place) => (
        <NextLink
          key={place.status}
          href={place.href}
          aria-current={place.status === status ? 'page' : undefined}
          className={cx(
            '-mb-px flex h-8 items-center rounded-sm border-b-2',
            place.status === status
              ? 'border-ink font-medium text-ink'
              : 'border-transparent text-ink-2 hover:text-ink',
          )}
        >
          {place.word}
        </NextLink>
      ))}
    </nav>
  )
}
