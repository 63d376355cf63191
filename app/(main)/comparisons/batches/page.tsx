import { Layers } from 'lucide-react'
import type { Metadata } from 'next'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { requireActor } from '../../../ui/actor.ts'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { FilterBar } from '../../../ui/filter-bar.tsx'
import { load } from '../../../ui/load.ts'
import { PageHeader } from '../../../ui/page-header.tsx'
import { type ListPageProps, pick } from '../../../ui/query.ts'
import { MakeAction } from '../make-action.tsx'
import { Sections } from '../sections.tsx'
import { BatchTable } from './batch-table.tsx'

export const metadata: Metadata = { title: 'Batches' }

const states = [
  { value: 'open', label: 'Open' },
  { value: 'done', label: 'Done' },
]

export default async function Batches({ searchParams }: ListPageProps) {
  const actor = await requireActor()
  const { q = '', state } = pick(await searchParams, ['q', 'state'])
  const { data, failure } = await load(() => listBatches(actor))
  const make = <MakeAction actor={actor} batches={data?.total ?? 0} />
  const shown = (data?.items ?? []).filter(
    (batch) =>
      batch.name.toLowerCase().includes(q.toLowerCase()) &&
      (!state || (state === 'done') === batch.done >= batch.wanted),
  )
  return (
    <>
      <PageHeader title="Comparisons" actions={data?.total !== 0 && make} />
      <Sections current="batches" />
      {failure && <ErrorNotice failure={failure} reload />}
      {data?.total === 0 && (
        <EmptyState icon={<Layers aria-hidden />} title="No batches yet" action={make}>
          Comparisons are made in batches: one round of labeling, with its own people, priority and share of
          gold and repeated items.
        </EmptyState>
      )}
      {data && data.total > 0 && (
        <>
          <FilterBar
            search="Search batches"
            filters={[{ name: 'state', label: 'State', any: 'Any state', choices: states }]}
            total={shown.length}
            noun={['batch', 'batches']}
          />
          <BatchTable batches={shown} />
        </>
      )}
    </>
  )
}
