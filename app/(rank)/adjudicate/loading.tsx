import { ItemSkeleton } from '../rank/item-skeleton.tsx'

export default function Loading() {
  return (
    <div className="grid h-dvh grid-rows-[auto_1fr]">
      <div className="h-12 border-b border-line bg-surface" />
      <ItemSkeleton />
    </div>
  )
}
