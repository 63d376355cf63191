import type { ReactNode } from 'react'

/** Names and values in a row of cells, as at the head of a detail page. */
export function Facts({ items }: { items: { label: string; value: ReactNode }[] }) {
  return (
    <dl className="flex flex-wrap gap-px overflow-hidden rounded-md border border-line bg-line">
      {items.map(({ label, value }) => (
        <div key={label} className="min-w-0 grow basis-[calc(50%-1px)] bg-surface px-3 py-2 sm:basis-36">
          <dt className="text-13 text-ink-3">{label}</dt>
          <dd className="truncate text-14 font-medium">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
