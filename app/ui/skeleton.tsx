import { cx } from './cx.ts'

/** A grey block of the size of what is coming. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx('block animate-pulse rounded-md bg-hover', className)} />
}

/** The place of a table: a head of 32 px and rows of 40 px, as in table.tsx. */
export function TableSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div
      role="status"
      aria-label="Loading"
      className="overflow-hidden rounded-md border border-line bg-surface"
    >
      <div className="h-8 border-b border-line bg-sunken" />
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-10 items-center gap-4 border-b border-line px-3 last:border-b-0">
          <Skeleton className="h-3 w-2/5" />
          <Skeleton className="h-3 w-1/6" />
          <Skeleton className="ml-auto h-3 w-16" />
        </div>
      ))}
    </div>
  )
}

/** The place of a page: header, filter bar, table. */
export function ListSkeleton({ filters = true }: { filters?: boolean }) {
  return (
    <>
      <div className="flex h-8 items-center">
        <Skeleton className="h-6 w-40" />
      </div>
      {filters && <Skeleton className="mt-5 h-8 w-full max-w-md" />}
      <div className="mt-3">
        <TableSkeleton />
      </div>
    </>
  )
}
