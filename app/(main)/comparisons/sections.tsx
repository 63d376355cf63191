import { LinkTabs } from '../../ui/link-tabs.tsx'

/** Comparisons one by one, or by the batch. */
export function Sections({ current }: { current: 'comparisons' | 'batches' }) {
  return (
    <LinkTabs
      label="Comparisons by"
      tabs={[
        { label: 'Comparisons', href: '/comparisons', current: current === 'comparisons' },
        { label: 'Batches', href: '/comparisons/batches', current: current === 'batches' },
      ]}
    />
  )
}
