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
      <div className="mb-3 flex min-h-7 flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="text-16 font-semibold">{title}</h2>
        {actions && <div className="ml-auto flex flex-wrap justify-end gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  )
}
