import { Skeleton } from '../../ui/skeleton.tsx'

/** The place of a prompt and its cards. */
export function ItemSkeleton() {
  return (
    <div role="status" aria-label="Loading the next comparison" className="flex min-h-0 flex-col gap-4 p-4">
      <Skeleton className="h-16 w-full max-w-3xl" />
      <div className="grid flex-1 gap-3 md:grid-cols-2">
        <Skeleton className="h-full min-h-40" />
        <Skeleton className="h-full min-h-40" />
      </div>
      <Skeleton className="h-20 w-full" />
    </div>
  )
}
