import type { ReactNode } from 'react'

/** Something the annotator should know, and what they can do about it. */
export function Notice({
  icon,
  title,
  hint,
  children,
}: {
  icon: ReactNode
  title: string
  hint: string
  children?: ReactNode
}) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-start gap-3 rounded-md border border-line-strong bg-surface p-3"
    >
      <span className="mt-0.5 text-ink-2">{icon}</span>
      <div className="min-w-48 flex-1">
        <p className="font-medium text-ink">{title}</p>
        <p className="text-ink-2 wrap-anywhere">{hint}</p>
      </div>
      <div className="flex gap-2 empty:hidden pointer-coarse:[&_a]:h-11 pointer-coarse:[&_button]:h-11">
        {children}
      </div>
    </div>
  )
}
