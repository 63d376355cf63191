import { Gauge } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { overview, overviewInput } from '#lib/quality/overview.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { Facts } from '../../ui/facts.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Quantity } from '../../ui/quantity.tsx'
import { pick, type SearchParams } from '../../ui/query.ts'
import { Section } from '../../ui/section.tsx'
import { AgreementPairs } from './agreement-pairs.tsx'
import { QualityTable } from './quality-table.tsx'
import { ShareMark } from './share-mark.tsx'

export const metadata: Metadata = { title: 'Quality' }

export default async function Quality({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor()
  const { q = '', batch } = pick(await searchParams, ['q', 'batch'])
  const { data, failure } = await load(async () => ({
    quality: await overview(actor, parseInput(overviewInput, { batch })),
    batches: await listBatches(actor),
  }))
  const quality = data?.quality
  const named = quality?.annotators.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase())) ?? []
  const nothingYet = quality?.annotators.length === 0 && !batch
  return (
    <>
      <PageHeader title="Quality" lead="How people rank: how fast, how evenly, and how much they agree." />
      {failure && <ErrorNotice failure={failure} reload />}
      {nothingYet && (
        <EmptyState
          icon={<Gauge aria-hidden />}
          title="No rankings yet"
          action={
            <LinkButton href="/members" kind="primary">
              Invite annotators
            </LinkButton>
          }
        >
          As soon as people rank, their speed, their agreement where comparisons overlap, and whether the
          response shown first wins too often stand here.
        </EmptyState>
      )}
      {quality && !nothingYet && (
        <>
          <FilterBar
            search="Search annotators"
            filters={[
              {
                name: 'batch',
                label: 'Batch',
                any: 'Any batch',
                choices: data.batches.items.map(({ id, name }) => ({ value: id, label: name })),
              },
            ]}
            total={named.length}
            noun={['annotator', 'annotators']}
          />
          <Facts
            items={[
              { label: 'Rankings', value: <Quantity value={quality.rankings} /> },
              { label: 'Median time', value: <Quantity value={quality.medianSeconds} unit="s" /> },
              {
                label: 'First shown wins, line at chance',
                value: <ShareMark share={quality.firstShown} chance={quality.expectedFirstShown} />,
              },
              {
                label: 'Agreement, line at chance',
                value: <ShareMark share={quality.agreement} chance={0.5} />,
              },
            ]}
          />
          <div className="mt-4">
            <QualityTable rows={named} />
          </div>
          {quality.agreementPairs.length > 1 && (
            <Section title="Agreement of two, the least first">
              <AgreementPairs pairs={quality.agreementPairs} />
            </Section>
          )}
        </>
      )}
    </>
  )
}
