import { ListChecks } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { mine, mineInput } from '#lib/rankings/mine.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { listPath, pick, type SearchParams } from '../../ui/query.ts'
import { AnswerTable } from './answer-table.tsx'
import { StatusTabs } from './status-tabs.tsx'

export const metadata: Metadata = { title: 'My rankings' }

export default async function MyRankings({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor({ annotators: true })
  const filters = pick(await searchParams, ['q', 'status'])
  const { data, failure } = await load(() => mine(actor, parseInput(mineInput, filters)))
  const skipped = filters.status === 'skipped'
  const nothingYet = data?.total === 0 && !filters.q
  const rank = (
    <LinkButton href="/rank" kind="primary">
      Rank
    </LinkButton>
  )
  return (
    <>
      <PageHeader title="My rankings" actions={!(nothingYet && !skipped) && rank} />
      <StatusTabs status={skipped ? 'skipped' : 'submitted'} />
      {failure && <ErrorNotice failure={failure} reload />}
      {nothingYet && (
        <EmptyState
          icon={<ListChecks aria-hidden />}
          title={skipped ? 'Nothing skipped' : 'Nothing ranked yet'}
          action={!skipped && rank}
        >
          {skipped
            ? 'Comparisons you pass on with S stand here, with the reason you gave.'
            : 'What you rank stands here, to look at again. The last ones can be changed: press Z in the queue.'}
        </EmptyState>
      )}
      {data && !nothingYet && (
        <>
          <FilterBar
            search="Search prompts"
            total={data.total}
            noun={skipped ? ['skipped', 'skipped'] : ['ranking', 'rankings']}
          />
          <AnswerTable
            key={filters.status}
            first={data}
            path={listPath('/api/rankings/mine', filters)}
            skipped={skipped}
          />
        </>
      )}
    </>
  )
}
