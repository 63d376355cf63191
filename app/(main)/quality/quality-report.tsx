import { Users } from 'lucide-react'
import type { QualityOverview } from '#lib/quality/overview.ts'
import { LinkButton } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Quantity } from '../../ui/quantity.tsx'
import { Section } from '../../ui/section.tsx'
import { AgreementFigures } from './agreement-figures.tsx'
import { AgreementOverTime } from './agreement-over-time.tsx'
import { AgreementPairs } from './agreement-pairs.tsx'
import { BiasFigures } from './bias-figures.tsx'
import { GroupTable } from './group-table.tsx'
import { QualityTable } from './quality-table.tsx'

/** Everything known of the rankings of a scope; `annotators` are those that the search found. */
export function QualityReport({
  quality,
  annotators,
}: {
  quality: QualityOverview
  annotators: QualityOverview['annotators']
}) {
  const shared = quality.comparisons > 0
  const timed = quality.overTime.periods.filter(({ alpha }) => alpha).length > 1
  return (
    <>
      <Facts
        items={[
          { label: 'Rankings', value: <Quantity value={quality.rankings} /> },
          { label: 'Annotators', value: <Quantity value={quality.annotators.length} /> },
          { label: 'Comparisons ranked by two', value: <Quantity value={quality.comparisons} /> },
          { label: 'Median time', value: <Quantity value={quality.medianSeconds} unit="s" /> },
        ]}
      />
      <Section title="Agreement">
        {shared ? (
          <AgreementFigures found={quality} />
        ) : (
          <NothingShared annotators={quality.annotators.length} />
        )}
      </Section>
      {shared && (
        <Section title="Agreement over time">
          {timed ? (
            <AgreementOverTime {...quality.overTime} />
          ) : (
            <p className="text-ink-2">
              Agreement is drawn once there is some in two {plural[quality.overTime.unit]} or more.
            </p>
          )}
        </Section>
      )}
      <Section title="What sways the rankings">
        <BiasFigures found={quality} />
      </Section>
      <Section title="Annotators">
        <p className="mb-2 max-w-prose text-13 text-pretty text-ink-2">
          Reliability is how often an annotator prefers what the others’ votes point to, 50 % being a coin.
          Weight is what a vote counts in a dataset weighed by annotator: 1 is the average, and everybody
          keeps it until the overlap can tell people apart.
        </p>
        <QualityTable rows={annotators} />
      </Section>
      {quality.agreementPairs.length > 0 && (
        <Section title="Agreement of two, the least first">
          <AgreementPairs pairs={quality.agreementPairs} />
        </Section>
      )}
      {quality.batches.length > 1 && (
        <Section title="Batches">
          <GroupTable title="Batches" of="Batch" rows={quality.batches} />
        </Section>
      )}
      <Section title="Tags">
        {quality.tags.length > 0 ? (
          <GroupTable title="Tags" of="Tag" rows={quality.tags.map((tag) => ({ ...tag, id: tag.name }))} />
        ) : (
          <p className="text-ink-2">
            None of the prompts ranked has a tag. Prompts get theirs when they are imported.
          </p>
        )}
      </Section>
    </>
  )
}

const plural: Record<QualityOverview['overTime']['unit'], string> = {
  minute: 'minutes',
  'ten minutes': 'spans of ten minutes',
  hour: 'hours',
  'six hours': 'spans of six hours',
  day: 'days',
  week: 'weeks',
  'four weeks': 'spans of four weeks',
}

function NothingShared({ annotators }: { annotators: number }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-md border border-dashed border-line px-4 py-4">
      <Users aria-hidden className="text-ink-3" />
      <p className="min-w-0 flex-1 basis-80 text-pretty text-ink-2">
        No comparison here has been ranked by two annotators, so nothing can be said of agreement or of how
        far anybody can be relied on.{' '}
        {annotators < 2
          ? 'Invite a second annotator, and make comparisons with an overlap of 2 or more.'
          : 'Make comparisons with an overlap of 2 or more.'}
      </p>
      <LinkButton href={annotators < 2 ? '/members' : '/comparisons'}>
        {annotators < 2 ? 'Invite annotators' : 'Make comparisons'}
      </LinkButton>
    </div>
  )
}
