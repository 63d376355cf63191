import { Download, Gauge } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { overview, overviewInput } from '#lib/quality/overview.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { listPath, pick, type SearchParams } from '../../ui/query.ts'
import { OpenWork } from './open-work.tsx'
import { QualityReport } from './quality-report.tsx'
import { Summary } from './summary.tsx'

export const metadata: Metadata = { title: 'Quality' }

export default async function Quality({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor()
  const { q = '', batch, tag } = pick(await searchParams, ['q', 'batch', 'tag'])
  const { data, failure } = await load(async () => ({
    quality: await overview(actor, parseInput(overviewInput, { batch, tag })),
    batches: await listBatches(actor),
  }))
  const quality = data?.quality
  const named = quality?.annotators.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase())) ?? []
  const nothingYet = quality?.annotators.length === 0 && !batch && !tag
  const file = (format: string) => listPath('/api/quality/export', { format, batch, tag })
  return (
    <>
      <PageHeader
        title="Quality"
        lead="How much people agree, what sways them, and how far each can be relied on."
        actions={
          quality &&
          quality.answered > 0 && (
            <>
              <LinkButton href={file('csv')} download>
                <Download aria-hidden />
                CSV
              </LinkButton>
              <LinkButton href={file('json')} download>
                <Download aria-hidden />
                JSON
              </LinkButton>
            </>
          )
        }
      />
      {failure && <ErrorNotice failure={failure} reload />}
      {nothingYet && (
        <EmptyState
          icon={<Gauge aria-hidden />}
          title="No rankings yet"
          action={
            <>
              <LinkButton href="/comparisons" kind="primary">
                Make comparisons
              </LinkButton>
              <LinkButton href="/members">Invite annotators</LinkButton>
            </>
          }
        >
          As soon as people rank, their speed and what sways them stand here; where two rank the same
          comparison, also how much they agree and how far each can be relied on.
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
              {
                name: 'tag',
                label: 'Tag',
                any: 'Any tag',
                choices: quality.tagNames.map((name) => ({ value: name, label: name })),
              },
            ]}
            total={named.length}
            noun={['annotator', 'annotators']}
          />
          {quality.answered === 0 ? (
            <EmptyState icon={<Gauge aria-hidden />} title="No rankings here">
              Nothing that passes these filters has been ranked
              {quality.annotators.length > 0 && ', only skipped'}.
            </EmptyState>
          ) : (
            <>
              <Summary found={quality} />
              <OpenWork actor={actor} batch={batch} />
              <QualityReport quality={quality} annotators={named} />
            </>
          )}
        </>
      )}
    </>
  )
}
