import { Database } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { listDatasets, listDatasetsInput } from '#lib/datasets/list-datasets.ts'
import { requireActor } from '../../ui/actor.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { type ListPageProps, listPath, pick } from '../../ui/query.ts'
import { DatasetTable } from './dataset-table.tsx'
import { SnapshotDialog } from './snapshot-dialog.tsx'

export const metadata: Metadata = { title: 'Datasets' }

export default async function Datasets({ searchParams }: ListPageProps) {
  const actor = await requireActor()
  const filters = pick(await searchParams, ['q'])
  const { data, failure } = await load(() => listDatasets(actor, parseInput(listDatasetsInput, filters)))
  const batches = await load(() => listBatches(actor))
  const nothingYet = data?.total === 0 && Object.keys(filters).length === 0
  const snapshot = <SnapshotDialog batches={batches.data?.items ?? []} number={(data?.total ?? 0) + 1} />
  return (
    <>
      <PageHeader title="Datasets" actions={!nothingYet && snapshot} />
      {nothingYet && (
        <EmptyState icon={<Database aria-hidden />} title="No datasets yet" action={snapshot}>
          A dataset is a snapshot of the rankings so far, as pairs of a chosen and a rejected completion. It
          never changes, so a reward model trained on it can be trained again and give the same result.
        </EmptyState>
      )}
      {!nothingYet && (
        <>
          <FilterBar search="Search datasets" total={data?.total} noun={['dataset', 'datasets']} />
          {failure && <ErrorNotice failure={failure} reload />}
          {data && <DatasetTable first={data} path={listPath('/api/datasets', filters)} />}
        </>
      )}
    </>
  )
}
