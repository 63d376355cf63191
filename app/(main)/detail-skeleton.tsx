import { Skeleton } from '../ui/skeleton.tsx'

/** The place of a detail page: crumb, title, facts, body. */
export function DetailSkeleton() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="h-5 w-24" />
      <Skeleton className="mt-1 h-8 w-72" />
      <Skeleton className="mt-5 h-16 w-full" />
      <Skeleton className="mt-8 h-80 w-full" />
    </div>
  )
}
