import NextLink from 'next/link'
import type { ComponentProps } from 'react'
import { cx } from './cx.ts'

/** A link inside text or a table: underlined when hovered, prefetched by Next. */
export function Link({ className, ...props }: ComponentProps<typeof NextLink>) {
  return (
    <NextLink
      {...props}
      className={cx(
        'rounded-sm text-ink underline decoration-line-strong underline-offset-3 hover:decoration-ink',
        className,
      )}
    />
  )
}
