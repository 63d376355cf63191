import { Skeleton } from '../../ui/skeleton.tsx'

export default function Loading() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="h-8 w-48" />
      <Skeleton className="mt-5 h-8 w-full max-w-xl" />
      <Skeleton className="mt-3 h-64 w-full" />
      <Skeleton className="mt-4 h-64 w-full" />
    </div>
  )
}
