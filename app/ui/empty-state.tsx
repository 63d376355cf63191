import type { ReactNode } from 'react'

/** Says what would stand here, what it is for, and offers the next step. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <section className="flex min-h-80 flex-col items-center justify-center gap-2 rounded-md border border-dashed border-line px-6 py-12 text-center">
      {icon && <span className="text-ink-3 [&_svg]:size-5!">{icon}</span>}
      <h2 className="text-16 font-semibold">{title}</h2>
      {children && <p className="max-w-md text-pretty text-14 text-ink-2">{children}</p>}
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </section>
  )
}
