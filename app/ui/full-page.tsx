import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'

/** A page without the rail: the mark, a heading, something to do. */
export function FullPage({
  title,
  lead,
  children,
}: {
  title: string
  lead?: ReactNode
  children?: ReactNode
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-4 py-12">
      <div className="mb-6 flex items-center gap-2 font-semibold">
        <Mark />
        Whetstone
      </div>
      <h1 className="text-20 font-semibold tracking-tight">{title}</h1>
      {lead && <p className="mt-1 text-pretty text-ink-2">{lead}</p>}
      <div className="mt-6">{children}</div>
    </main>
  )
}
