import { ScanSearch } from 'lucide-react'
import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { parseInput } from '#app/api/handle.ts'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { listSuspects, listSuspectsInput, type Suspects } from '#lib/suspects/list-suspects.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import { type ListPageProps, listPath, pick } from '../../ui/query.ts'
import { ScoreButton } from '../runs/score-button.tsx'
import { SuspectList } from './suspect-list.tsx'

export const metadata: Metadata = { title: 'Suspect rankings' }

const confidences = ['0.5', '0.8', '0.9', '0.99'].map((value) => ({
  value,
  label: `${Number(value) * 100} % sure or more`,
}))

export default async function SuspectRankings({ searchParams }: ListPageProps) {
  const actor = await requireActor()
  const filters = pick(await searchParams, ['batch', 'rewardId', 'confidence'])
  const { data, failure } = await load(() => listSuspects(actor, parseInput(listSuspectsInput, filters)))
  const [batches, rewards] = await Promise.all([
    load(() => listBatches(actor)),
    load(() => listModels(actor, parseInput(listModelsInput, { kind: 'REWARD' }))),
  ])
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Quality', href: '/quality' }]}
        title="Suspect rankings"
        lead="Rankings that a reward model contradicts with confidence: a slip, an unclear guideline, or something it has yet to learn. It leans towards what it learned from, so contradictions of those rankings weigh most."
      />
      {failure && <ErrorNotice failure={failure} reload />}
      {data && !data.reward && (
        <EmptyState
          icon={<ScanSearch aria-hidden />}
          title="No reward model yet"
          action={
            <LinkButton kind="primary" href="/runs/new?kind=REWARD">
              Train a reward model
            </LinkButton>
          }
        >
          A reward model learns from all rankings together what people prefer; a ranking that it then
          contradicts is worth a second look.
        </EmptyState>
      )}
      {data?.reward && (
        <>
          <FilterBar
            filters={[
              {
                name: 'batch',
                label: 'Batch',
                any: 'Any batch',
                choices: (batches.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
              },
              {
                name: 'rewardId',
                label: 'Reward model',
                any: 'Newest model',
                choices: (rewards.data?.items ?? []).map(({ id, name, version }) => ({
                  value: id,
                  label: `${name} v${version}`,
                })),
              },
              { name: 'confidence', label: 'Confidence', any: '95 % sure or more', choices: confidences },
            ]}
            total={data.total}
            noun={['comparison', 'comparisons']}
          />
          <Found data={data} reward={data.reward} path={listPath('/api/suspects', filters)} />
        </>
      )}
    </>
  )
}

function Found({
  data,
  reward,
  path,
}: {
  data: Suspects
  reward: NonNullable<Suspects['reward']>
  path: string
}): ReactNode {
  const { ranked, unscored, total } = data
  const icon = <ScanSearch aria-hidden />
  const name = `${reward.name} v${reward.version}`
  if (ranked === 0)
    return (
      <EmptyState icon={icon} title="No rankings here yet">
        When annotators have ranked comparisons, those that {name} contradicts appear here.
      </EmptyState>
    )
  if (unscored === ranked)
    return (
      <EmptyState icon={icon} title="No scores yet" action={<ScoreButton primary reward={reward} />}>
        {name} has scored none of the {formatNumber(ranked)} completions that people ranked. Scoring them
        takes a run of its own.
      </EmptyState>
    )
  return (
    <>
      {unscored > 0 && (
        <div className="mb-4 flex flex-wrap items-center gap-3 rounded-md border border-line bg-surface px-4 py-2">
          <p className="min-w-0 flex-1 basis-64 text-14 text-ink-2">
            {formatNumber(unscored)} of {formatNumber(ranked)} ranked completions have no score by {name}, so
            it cannot speak about them.
          </p>
          <ScoreButton reward={reward} />
        </div>
      )}
      {total === 0 ? (
        <EmptyState icon={icon} title="Nothing is suspect">
          {name} contradicts no ranking with so much confidence. Lower the confidence to see rankings that it
          is less sure about.
        </EmptyState>
      ) : (
        <SuspectList first={data} path={path} reward={reward} />
      )}
    </>
  )
}
