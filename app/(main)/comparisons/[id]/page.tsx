import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import {
  type ComparisonDetails,
  showComparison,
  showComparisonInput,
} from '#lib/comparisons/show-comparison.ts'
import { requireActor } from '../../../ui/actor.ts'
import { Badge } from '../../../ui/badge.tsx'
import { LinkButton } from '../../../ui/button.tsx'
import { Conversation } from '../../../ui/conversation.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { Link } from '../../../ui/link.tsx'
import { load } from '../../../ui/load.ts'
import { Markdown } from '../../../ui/markdown.tsx'
import { PageFailure } from '../../../ui/page-failure.tsx'
import { PageHeader } from '../../../ui/page-header.tsx'
import { formatPercent } from '../../../ui/quantity.tsx'
import type { DetailPageProps } from '../../../ui/query.ts'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Section } from '../../../ui/section.tsx'
import { OriginChip } from '../../../ui/version-chip.tsx'
import { AdjudicateButton } from './adjudicate-button.tsx'
import { GoldPanel } from './gold-panel.tsx'
import { canBeGold, offersOf } from './offers.ts'
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
  if (failure) return <PageFailure failure={failure} />
  const letters = lettersOf(comparison.completions.map((completion) => completion.id))
  const { decision, deciding, gold, kind } = comparison
  const own = kind === 'LABEL' || kind === 'GOLD'
  const free =
    (!deciding || deciding.id === actor.userId) && (!decision || decision.annotator.id === actor.userId)
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Comparisons', href: '/comparisons' }]}
        title="Comparison"
        facts={
          <>
            {kinds[kind] && <Badge>{kinds[kind]}</Badge>}
            {decision && <Badge>Decided</Badge>}
            {deciding && (
              <Badge>{deciding.id === actor.userId ? 'You are' : `${deciding.name} is`} deciding</Badge>
            )}
            <span className="text-ink-2">
              made <RelativeTime time={comparison.createdAt} />
            </span>
          </>
        }
        actions={
          <>
            <LinkButton href={`/prompts/${comparison.prompt.id}`}>Go to the prompt</LinkButton>
            {kind === 'LABEL' && comparison.submitted > 0 && free && (
              <AdjudicateButton comparisonId={id} again={decision !== null} />
            )}
          </>
        }
      />
      <Facts
        items={[
          {
            label: 'Batch',
            value: comparison.batch ? (
              <Link href={`/comparisons/batches/${comparison.batch.id}`}>{comparison.batch.name}</Link>
            ) : (
              '–'
            ),
          },
          {
            label: 'Rankings',
            value: gold ? comparison.submitted : `${comparison.submitted} of ${comparison.overlap}`,
          },
          { label: 'Open now', value: Math.max(0, comparison.taken - comparison.submitted) },
          { label: 'Priority', value: comparison.priority },
          { label: 'For', value: comparison.assignees.map(({ name }) => name).join(', ') || 'Anyone' },
          ...(own ? [{ label: 'Disagreement', value: formatPercent(comparison.disagreement) }] : []),
        ]}
      />
      <Origin comparison={comparison} />
      <Section title="Prompt">
        <div className="rounded-md border border-line bg-surface p-4">
          <Conversation messages={comparison.prompt.messages} />
        </div>
      </Section>
      <Section title={`Completions (${comparison.completions.length})`}>
        <ul className="grid grid-cols-1 gap-3 lg:grid-cols-[repeat(auto-fit,minmax(20rem,1fr))]">
          {comparison.completions.map((completion) => (
            <li
              key={completion.id}
              className="flex min-w-0 flex-col rounded-md border border-line bg-surface"
            >
              <p className="flex items-center gap-3 border-b border-line px-4 py-2 text-13">
                <span className="text-14 font-semibold">{letters.get(completion.id)}</span>
                <OriginChip modelVersion={completion.modelVersion} source={completion.source} />
              </p>
              <div className="min-w-0 p-4 text-16 [overflow-wrap:anywhere]">
                <Markdown>{completion.text}</Markdown>
              </div>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={`Rankings (${comparison.rankings.filter(({ superseded }) => !superseded).length})`}>
        <RankingList
          rankings={comparison.rankings}
          decision={decision}
          letters={letters}
          texts={new Map(comparison.completions.map(({ id, text }) => [id, text]))}
        />
      </Section>
      {own && (
        <GoldPanel
          comparisonId={id}
          gold={gold}
          letters={[...letters]}
          offers={offersOf(comparison.rankings, decision)}
          decision={decision && canBeGold(decision) ? decision : null}
        />
      )}
    </>
  )
}

/** Where it comes from: what chose it, what it is a copy of, that it was sent back. */
function Origin({ comparison: { reason, originalId, requeuedAt } }: { comparison: ComparisonDetails }) {
  if (!reason && !originalId && !requeuedAt) return null
  return (
    <ul className="mt-3 flex flex-col gap-1 text-ink-2">
      {reason && (
        <li>
          Chosen by {reason.by}: {reason.text}
        </li>
      )}
      {requeuedAt && (
        <li>
          Sent back to the queue <RelativeTime time={requeuedAt} />, as its rankings looked wrong.
        </li>
      )}
      {originalId && (
        <li>
          The same completions as{' '}
          <Link href={`/comparisons/${originalId}`}>the comparison it was made from</Link>.
        </li>
      )}
    </ul>
  )
}
