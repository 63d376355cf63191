import { Award, Download } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { showDataset, showDatasetInput } from '#lib/datasets/show-dataset.ts'
import { requireActor } from '../../../ui/actor.ts'
import { RunKindBadge, StatusBadge } from '../../../ui/badge.tsx'
import { LinkButton } from '../../../ui/button.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { Link } from '../../../ui/link.tsx'
import { load } from '../../../ui/load.ts'
import { PageFailure } from '../../../ui/page-failure.tsx'
import { PageHeader } from '../../../ui/page-header.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import type { DetailPageProps } from '../../../ui/query.ts'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Section } from '../../../ui/section.tsx'
import { FilterWords } from './filter-words.tsx'
import { PairList } from './pair-list.tsx'

export const metadata: Metadata = { title: 'Dataset' }

export default async function Dataset({ params }: DetailPageProps) {
  const actor = await requireActor()
  const { id } = await params
  const { data: dataset, failure } = await load(() =>
    showDataset(actor, parseInput(showDatasetInput, { id })),
  )
  if (failure) return <PageFailure failure={failure} />
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Datasets', href: '/datasets' }]}
        title={dataset.name}
        facts={
          <span className="text-ink-2">
            made <RelativeTime time={dataset.createdAt} />
          </span>
        }
        actions={
          <>
            <LinkButton href={`/api/datasets/${id}/export?format=trl`} download>
              <Download aria-hidden />
              TRL
            </LinkButton>
            <LinkButton href={`/api/datasets/${id}/export?format=openai`} download>
              <Download aria-hidden />
              OpenAI
            </LinkButton>
            <LinkButton kind="primary" href={`/runs/new?kind=REWARD&datasetId=${id}`}>
              <Award aria-hidden />
              Train reward model
            </LinkButton>
          </>
        }
      />
      <Facts
        items={[
          { label: 'Pairs', value: formatNumber(dataset.pairCount) },
          {
            label: 'Train / held out',
            value: `${formatNumber(dataset.trainPairs)} / ${formatNumber(dataset.evalPairs)}`,
          },
          { label: 'Comparisons', value: formatNumber(dataset.comparisonCount) },
          { label: 'Prompts', value: formatNumber(dataset.promptCount) },
          { label: 'Annotators', value: formatNumber(dataset.annotatorCount) },
          {
            label: 'Content, SHA-256',
            value: (
              <span className="font-mono text-13" title={dataset.contentHash}>
                {dataset.contentHash.slice(0, 16)}
              </span>
            ),
          },
        ]}
      />
      <FilterWords filter={dataset.filter} />
      {dataset.runs.length > 0 && (
        <Section title="Runs trained on it">
          <ul className="flex flex-col gap-2">
            {dataset.runs.map((run) => (
              <li key={run.id} className="flex flex-wrap items-center gap-3">
                <Link href={`/runs/${run.id}`}>{run.name}</Link>
                <RunKindBadge kind={run.kind} />
                <StatusBadge status={run.status} />
                <RelativeTime time={run.createdAt} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Pairs">
        <PairList dataset={id} first={dataset.pairs} next={dataset.nextPair} total={dataset.pairCount} />
      </Section>
    </>
  )
}
