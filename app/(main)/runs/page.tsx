import { Activity } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listRuns, listRunsInput } from '#lib/runs/list-runs.ts'
import { launchKinds } from '#lib/runs/run-kinds.ts'
import { requireActor } from '../../ui/actor.ts'
import { runKindWord } from '../../ui/badge.tsx'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { listPath, pick, type SearchParams } from '../../ui/query.ts'
import { RunTable } from './run-table.tsx'

export const metadata: Metadata = { title: 'Runs' }

const kinds = [...launchKinds, 'EVALUATE' as const].map((value) => ({ value, label: runKindWord(value) }))
const statuses = [
  { value: 'QUEUED', label: 'Queued' },
  { value: 'RUNNING', label: 'Running' },
  { value: 'STOPPED', label: 'Stopped' },
  { value: 'SUCCEEDED', label: 'Succeeded' },
  { value: 'FAILED', label: 'Failed' },
]

export default async function Runs({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor()
  const filters = pick(await searchParams, ['q', 'kind', 'status'])
  const { data, failure } = await load(() => listRuns(actor, parseInput(listRunsInput, filters)))
  const nothingYet = data?.total === 0 && Object.keys(filters).length === 0
  const launch = (
    <LinkButton href="/runs/new" kind="primary">
      New run
    </LinkButton>
  )
  return (
    <>
      <PageHeader title="Runs" actions={!nothingYet && launch} />
      {failure && <ErrorNotice failure={failure} reload />}
      {nothingYet && (
        <EmptyState icon={<Activity aria-hidden />} title="No runs yet" action={launch}>
          A run trains or samples a model: fine-tuning on written answers, a reward model on rankings, PPO or
          a relative of it against that, DPO without one. Its curves, samples and log appear here while it
          goes on.
        </EmptyState>
      )}
      {data && !nothingYet && (
        <>
          <FilterBar
            search="Search runs"
            filters={[
              { name: 'kind', label: 'Kind', any: 'Any kind', choices: kinds },
              { name: 'status', label: 'Status', any: 'Any status', choices: statuses },
            ]}
            total={data.total}
            noun={['run', 'runs']}
          />
          <RunTable first={data} path={listPath('/api/runs', filters)} />
        </>
      )}
    </>
  )
}
