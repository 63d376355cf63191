import { SquareStack } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { listComparisons, listComparisonsInput } from '#lib/comparisons/list-comparisons.ts'
import { requireActor } from '../../ui/actor.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { type ListPageProps, listPath, pick } from '../../ui/query.ts'
import { ComparisonTable } from './comparison-table.tsx'
import { MakeAction } from './make-action.tsx'
import { reasonChoices } from './reason-choices.ts'
import { Sections } from './sections.tsx'

export const metadata: Metadata = { title: 'Comparisons' }

const states = [
  { value: 'open', label: 'Open' },
  { value: 'done', label: 'Done' },
]
const kinds = [
  { value: 'LABEL', label: 'To label only' },
  { value: 'GOLD', label: 'Gold only' },
  { value: 'REPEAT', label: 'Repeats' },
  { value: 'ADJUDICATION', label: 'Adjudications' },
]
const marks = [
  { value: 'requeued', label: 'Asked again' },
  { value: 'flagged', label: 'Flagged' },
]
const names = ['q', 'batch', 'state', 'kind', 'by', 'mark'] as const

export default async function Comparisons({ searchParams }: ListPageProps) {
  const actor = await requireActor()
  const filters = pick(await searchParams, names)
  const { data, failure } = await load(() =>
    listComparisons(actor, parseInput(listComparisonsInput, filters)),
  )
  const batches = await load(() => listBatches(actor))
  const nothingYet = data?.total === 0 && Object.keys(filters).length === 0
  const make = <MakeAction actor={actor} batches={batches.data?.total ?? 0} />
  return (
    <>
      <PageHeader title="Comparisons" actions={!nothingYet && make} />
      {nothingYet && (
        <EmptyState icon={<SquareStack aria-hidden />} title="No comparisons yet" action={make}>
          A comparison puts several completions of one prompt side by side for people to rank, without saying
          which model wrote them. Make a round of them from prompts that have at least two completions.
        </EmptyState>
      )}
      {!nothingYet && (
        <>
          <Sections current="comparisons" />
          <FilterBar
            search="Search comparisons"
            filters={[
              {
                name: 'batch',
                label: 'Batch',
                any: 'Any batch',
                choices: (batches.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
              },
              { name: 'state', label: 'State', any: 'Any state', choices: states },
              { name: 'kind', label: 'Kind', any: 'To label and gold', choices: kinds },
              { name: 'by', label: 'Chosen by', any: 'Any reason', choices: reasonChoices },
              { name: 'mark', label: 'Marks', any: 'Any marks', choices: marks },
            ]}
            total={data?.total}
            noun={['comparison', 'comparisons']}
          />
          {failure && <ErrorNotice failure={failure} reload />}
          {data && <ComparisonTable first={data} path={listPath('/api/comparisons', filters)} />}
        </>
      )}
    </>
  )
}
