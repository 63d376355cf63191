import { DetailSkeleton } from '../../../detail-skeleton.tsx'

export default function Loading() {
  return <DetailSkeleton />
}
