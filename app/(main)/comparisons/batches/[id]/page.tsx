import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { showBatch, showBatchInput } from '#lib/comparisons/show-batch.ts'
import { listAnnotators } from '#lib/members/list-annotators.ts'
import { requireActor } from '../../../../ui/actor.ts'
import { LinkButton } from '../../../../ui/button.tsx'
import { Facts } from '../../../../ui/facts.tsx'
import { load } from '../../../../ui/load.ts'
import { PageFailure } from '../../../../ui/page-failure.tsx'
import { PageHeader } from '../../../../ui/page-header.tsx'
import { ProgressBar } from '../../../../ui/progress-bar.tsx'
import { formatNumber, formatPercent } from '../../../../ui/quantity.tsx'
import { type DetailPageProps, listPath } from '../../../../ui/query.ts'
import { RelativeTime } from '../../../../ui/relative-time.tsx'
import { Section } from '../../../../ui/section.tsx'
import { AnnotatorTable } from './annotator-table.tsx'
import { settingsOf } from './settings.ts'
import { SettingsForm } from './settings-form.tsx'

export const metadata: Metadata = { title: 'Batch' }

export default async function Batch({ params }: DetailPageProps) {
  const actor = await requireActor()
  const { id } = await params
  const { data, failure } = await load(async () => ({
    batch: await showBatch(actor, parseInput(showBatchInput, { id })),
    people: (await listAnnotators(actor)).items,
  }))
  if (failure) return <PageFailure failure={failure} />
  const { batch, people } = data
  const share = batch.wanted === 0 ? 0 : batch.done / batch.wanted
  return (
    <>
      <PageHeader
        crumbs={[
          { label: 'Comparisons', href: '/comparisons' },
          { label: 'Batches', href: '/comparisons/batches' },
        ]}
        title={batch.name}
        facts={
          <span className="text-ink-2">
            made <RelativeTime time={batch.createdAt} />
          </span>
        }
        actions={
          <>
            <LinkButton href={listPath('/comparisons', { batch: id })}>Comparisons</LinkButton>
            <LinkButton href={listPath('/quality', { batch: id })}>Quality</LinkButton>
            <LinkButton href={listPath('/adjudication', { batch: id })}>Adjudication</LinkButton>
            <LinkButton href={listPath('/rank', { batch: id })} kind="primary">
              Rank
            </LinkButton>
          </>
        }
      />
      <div className="mb-4 max-w-2xl">
        <ProgressBar
          label={batch.done >= batch.wanted && batch.wanted > 0 ? 'All ranked' : 'Ranked'}
          share={share}
          value={`${formatNumber(batch.done)} of ${formatNumber(batch.wanted)} rankings · ${formatPercent(share)}`}
        />
      </div>
      <Facts
        items={[
          { label: 'Comparisons', value: formatNumber(batch.comparisons) },
          { label: 'Gold items', value: gold(batch) },
          { label: 'Repeats answered', value: formatNumber(batch.repeatsAnswered) },
          { label: 'Skipped', value: formatNumber(batch.skipped) },
          { label: 'Asked again', value: formatNumber(batch.requeued) },
          { label: 'Adjudicated', value: formatNumber(batch.adjudicated) },
        ]}
      />
      <Section title="Progress by annotator">
        <AnnotatorTable annotators={batch.annotators} />
      </Section>
      <Section title="Settings">
        <SettingsForm key={JSON.stringify(settingsOf(batch))} batch={batch} people={people} />
      </Section>
    </>
  )
}

function gold({ gold: items, goldAnswered }: { gold: number; goldAnswered: number }) {
  return (
    <>
      {formatNumber(items)}
      {goldAnswered > 0 && (
        <span className="font-normal text-ink-3">
          {' '}
          · {formatNumber(goldAnswered)} {goldAnswered === 1 ? 'answer' : 'answers'}
        </span>
      )}
    </>
  )
}
