import { Skeleton, TableSkeleton } from '../ui/skeleton.tsx'

export default function Loading() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="h-8 w-32" />
      <Skeleton className="mt-5 h-52 w-full" />
      <div className="mt-8">
        <TableSkeleton rows={6} />
      </div>
    </div>
  )
}
