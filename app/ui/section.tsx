import type { ReactNode } from 'react'

/** A part of a page under its own heading. */
export function Section({
  title,
  actions,
  children,
}: {
  title: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="mt-8">
      <div className="mb-3 flex min-h-7 items-center gap-3">
        <h2 className="text-16 font-semibold">{title}</h2>
        {actions && <div className="ml-auto flex gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  )
}
