import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from './link.tsx'

export interface Crumb {
  label: string
  href: string
}

/** Breadcrumb, title, facts beside it, and one primary action at the right. */
export function PageHeader({
  crumbs = [],
  title,
  facts,
  lead,
  actions,
}: {
  crumbs?: Crumb[]
  title: ReactNode
  facts?: ReactNode
  /** One sentence under the title. */
  lead?: ReactNode
  actions?: ReactNode
}) {
  return (
    <header className="mb-5">
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumb" className="mb-1">
          <ol className="flex items-center gap-1 text-13">
            {crumbs.map((crumb) => (
              <li key={crumb.href} className="flex items-center gap-1 text-ink-3">
                <Link
                  href={crumb.href}
                  className="text-ink-2! no-underline hover:underline pointer-coarse:-my-3 pointer-coarse:py-3"
                >
                  {crumb.label}
                </Link>
                <ChevronRight aria-hidden className="size-3!" />
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="flex min-h-8 min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 text-20 font-semibold tracking-tight [overflow-wrap:anywhere]">{title}</h1>
          {facts}
        </div>
        {actions && <div className="ml-auto flex flex-wrap justify-end gap-2">{actions}</div>}
      </div>
      {lead && <p className="mt-1 max-w-2xl text-pretty text-14 text-ink-2">{lead}</p>}
    </header>
  )
}
