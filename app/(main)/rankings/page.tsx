import { Inbox, ListChecks } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { mine, mineInput } from '#lib/rankings/mine.ts'
import { myBatches } from '#lib/rankings/my-batches.ts'
import { type MyProgress, myProgress } from '#lib/rankings/my-progress.ts'
import { reasonForNothing } from '../../(rank)/rank/reason-for-nothing.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { LinkTabs } from '../../ui/link-tabs.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { listPath, pick, type SearchParams } from '../../ui/query.ts'
import { Section } from '../../ui/section.tsx'
import { AnswerTable } from './answer-table.tsx'
import { YourBatches } from './your-batches.tsx'

export const metadata: Metadata = { title: 'My rankings' }

export default async function MyRankings({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor({ annotators: true })
  const filters = pick(await searchParams, ['q', 'status', 'batch'])
  const { data, failure } = await load(() => mine(actor, parseInput(mineInput, filters)))
  const batches = await load(() => myBatches(actor))
  const progress = await load(() => myProgress(actor, {}))
  const skipped = filters.status === 'skipped'
  const nothingYet = data?.total === 0 && !filters.q && !filters.batch
  const tab = (status?: string) => listPath('/rankings', { q: filters.q, batch: filters.batch, status })
  return (
    <>
      <PageHeader
        title="My rankings"
        actions={
          <LinkButton href="/rank" kind={progress.data?.remainingForMe === 0 ? 'plain' : 'primary'}>
            Rank
          </LinkButton>
        }
      />
      {batches.failure && <ErrorNotice failure={batches.failure} reload />}
      {progress.data?.remainingForMe === 0 && <NoWork progress={progress.data} />}
      {batches.data && batches.data.items.length > 0 && <YourBatches batches={batches.data.items} />}
      <Section title="What you answered">
        <LinkTabs
          label="Which answers"
          tabs={[
            { label: 'Ranked', href: tab(), current: !skipped },
            { label: 'Skipped', href: tab('skipped'), current: skipped },
          ]}
        />
        {failure && <ErrorNotice failure={failure} reload />}
        {nothingYet && (
          <EmptyState
            icon={<ListChecks aria-hidden />}
            title={skipped ? 'Nothing skipped' : 'Nothing ranked yet'}
          >
            {skipped
              ? 'Comparisons you pass on stand here, with the reason you gave. You can still rank them while they are open.'
              : 'What you rank stands here, to look at again and to change.'}
          </EmptyState>
        )}
        {data && !nothingYet && (
          <>
            <FilterBar
              search="Search your answers"
              filters={[
                {
                  name: 'batch',
                  label: 'Batch',
                  any: 'Any batch',
                  choices: (batches.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
                },
              ]}
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
      </Section>
    </>
  )
}

/** Why somebody has nothing to do, and what happens next. */
function NoWork({ progress }: { progress: MyProgress }) {
  const { title, text } = reasonForNothing(progress, { oneBatch: false, adjudicating: false })
  return (
    <p className="flex items-start gap-3 rounded-md border border-line bg-surface p-3">
      <Inbox aria-hidden className="mt-0.5 text-ink-3" />
      <span className="text-pretty text-ink-2">
        <span className="block font-medium text-ink">{title}</span>
        {text}
        {progress.total > 0 && ' New batches appear here as soon as researchers make them.'}
      </span>
    </p>
  )
}
