import { GitCompareArrows } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { listEvaluations, listEvaluationsInput } from '#lib/evaluations/list-evaluations.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { listPath, pick, type SearchParams } from '../../ui/query.ts'
import { EvaluationTable } from './evaluation-table.tsx'
import { LaunchEvaluation } from './launch-evaluation.tsx'

export const metadata: Metadata = { title: 'Compare' }

export default async function Compare({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor()
  const { a, b, ...filters } = pick(await searchParams, ['q', 'a', 'b'])
  const evaluations = await load(() => listEvaluations(actor, parseInput(listEvaluationsInput, filters)))
  const models = await load(() => versionsOf(actor))
  const failure = evaluations.failure ?? models.failure
  const { data } = evaluations
  const tooFew = models.data && models.data.policies.length < 2
  const nothingYet = data?.total === 0 && !filters.q
  return (
    <>
      <PageHeader
        title="Compare"
        lead="Two versions answer the same held-out prompts; judges say which is better."
      />
      {failure && <ErrorNotice failure={failure} reload />}
      {tooFew && (
        <EmptyState
          icon={<GitCompareArrows aria-hidden />}
          title="It takes two policies to compare"
          action={
            <LinkButton href="/runs/new?kind=PPO" kind="primary">
              Fine-tune with PPO
            </LinkButton>
          }
        >
          Train a new version, then compare it with the one it came from, to see whether it is really better.
        </EmptyState>
      )}
      {models.data && !tooFew && (
        <LaunchEvaluation
          key={`${a} ${b}`}
          {...models.data}
          start={{ a: a ?? models.data.policies[1]?.value, b: b ?? models.data.policies[0]?.value }}
        />
      )}
      {data && !nothingYet && (
        <>
          <FilterBar search="Search evaluations" total={data.total} noun={['evaluation', 'evaluations']} />
          <EvaluationTable first={data} path={listPath('/api/evaluations', filters)} />
        </>
      )}
      {nothingYet && !tooFew && (
        <p className="text-ink-2">Nothing compared yet: choose two versions above.</p>
      )}
    </>
  )
}

async function versionsOf(actor: Actor) {
  const of = async (kind: 'POLICY' | 'REWARD') => {
    const { items } = await listModels(actor, parseInput(listModelsInput, { kind, limit: '100' }))
    return items.map(({ id, name, version }) => ({ value: id, label: `${name} v${version}` }))
  }
  return { policies: await of('POLICY'), rewards: await of('REWARD') }
}
