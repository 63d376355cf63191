import { Boxes } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { listPath, pick, type SearchParams } from '../../ui/query.ts'
import { ImportDialog } from './import-dialog.tsx'
import { ModelTable } from './model-table.tsx'

export const metadata: Metadata = { title: 'Models' }

const kinds = [
  { value: 'POLICY', label: 'Policies' },
  { value: 'REWARD', label: 'Reward models' },
]

export default async function Models({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor()
  const filters = pick(await searchParams, ['q', 'kind'])
  const { data, failure } = await load(() => listModels(actor, parseInput(listModelsInput, filters)))
  const nothingYet = data?.total === 0 && Object.keys(filters).length === 0
  return (
    <>
      <PageHeader title="Models" actions={!nothingYet && <ImportDialog />} />
      {failure && <ErrorNotice failure={failure} reload />}
      {nothingYet && (
        <EmptyState
          icon={<Boxes aria-hidden />}
          title="No models yet"
          action={
            <>
              <ImportDialog />
              <LinkButton href="/runs/new?kind=SFT" kind="primary">
                Fine-tune one
              </LinkButton>
            </>
          }
        >
          Policies write completions, reward models score them. Each version remembers the run, the rankings
          and the people it came from.
        </EmptyState>
      )}
      {data && !nothingYet && (
        <>
          <FilterBar
            search="Search models"
            filters={[{ name: 'kind', label: 'Kind', any: 'Any kind', choices: kinds }]}
            total={data.total}
            noun={['version', 'versions']}
          />
          <ModelTable first={data} path={listPath('/api/models', filters)} />
        </>
      )}
    </>
  )
}
