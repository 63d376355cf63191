import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { showComparison, showComparisonInput } from '#lib/comparisons/show-comparison.ts'
import { requireActor } from '../../../ui/actor.ts'
import { Badge } from '../../../ui/badge.tsx'
import { LinkButton } from '../../../ui/button.tsx'
import { Conversation } from '../../../ui/conversation.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { load } from '../../../ui/load.ts'
import { PageHeader } from '../../../ui/page-header.tsx'
import type { DetailPageProps } from '../../../ui/query.ts'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Section } from '../../../ui/section.tsx'
import { OriginChip } from '../../../ui/version-chip.tsx'
import { lettersOf } from './order.ts'
import { RankingList } from './ranking-list.tsx'

export const metadata: Metadata = { title: 'Comparison' }

const kinds = {
  LABEL: null,
  GOLD: 'Gold',
  EVALUATION: 'Evaluation',
  REPEAT: 'Repeated',
  ADJUDICATION: 'Adjudication',
}

export default async function Comparison({ params }: DetailPageProps) {
  const actor = await requireActor()
  const { id } = await params
  const { data: comparison, failure } = await load(() =>
    showComparison(actor, parseInput(showComparisonInput, { id })),
  )
  if (failure) return <ErrorNotice failure={failure} reload />
  const letters = lettersOf(comparison.completions.map((completion) => completion.id))
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Comparisons', href: '/comparisons' }]}
        title="Comparison"
        facts={
          <>
            {kinds[comparison.kind] && <Badge>{kinds[comparison.kind]}</Badge>}
            <RelativeTime time={comparison.createdAt} />
          </>
        }
        actions={<LinkButton href={`/prompts/${comparison.prompt.id}`}>Go to the prompt</LinkButton>}
      />
      <Facts
        items={[
          { label: 'Batch', value: comparison.batch?.name ?? '–' },
          { label: 'Rankings', value: `${comparison.submitted} of ${comparison.overlap}` },
          { label: 'Open now', value: Math.max(0, comparison.taken - comparison.submitted) },
          { label: 'Priority', value: comparison.priority },
        ]}
      />
      <Section title="Prompt">
        <div className="rounded-md border border-line bg-surface p-4">
          <Conversation messages={comparison.prompt.messages} />
        </div>
      </Section>
      <Section title={`Completions (${comparison.completions.length})`}>
        <ul className="grid gap-3 lg:grid-cols-[repeat(auto-fit,minmax(20rem,1fr))]">
          {comparison.completions.map((completion) => (
            <li key={completion.id} className="flex flex-col rounded-md border border-line bg-surface">
              <p className="flex items-center gap-3 border-b border-line px-4 py-2 text-13">
                <span className="text-14 font-semibold">{letters.get(completion.id)}</span>
                <OriginChip modelVersion={completion.modelVersion} source={completion.source} />
              </p>
              <p className="whitespace-pre-wrap p-4 text-16 [overflow-wrap:anywhere]">{completion.text}</p>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={`Rankings (${comparison.rankings.length})`}>
        <RankingList rankings={comparison.rankings} letters={letters} />
      </Section>
    </>
  )
}
