import { Users } from 'lucide-react'
import type { QualityOverview } from '#lib/quality/overview.ts'
import { LinkButton } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Quantity } from '../../ui/quantity.tsx'
import { Section } from '../../ui/section.tsx'
import { AgreementFigures } from './agreement-figures.tsx'
import { AgreementPairs } from './agreement-pairs.tsx'
import { BiasFigures } from './bias-figures.tsx'
import { CheckFigures } from './check-figures.tsx'
import { annotatorColumns, groupColumns } from './columns.ts'
import { FigureTable } from './figure-table.tsx'
import { Notices } from './notices.tsx'
import { OverTimeCharts } from './over-time.tsx'
import { Remarks } from './remarks.tsx'

/** Everything known of the rankings of a scope; `annotators` are those that the search found. */
export function QualityReport({
  quality,
  annotators,
}: {
  quality: QualityOverview
  annotators: QualityOverview['annotators']
}) {
  const shared = quality.comparisons > 0
  const skipped = quality.skips.reduce((sum, { count }) => sum + count, 0)
  return (
    <>
      <Facts
        items={[
          { label: 'Answered today', value: <Quantity value={quality.today} /> },
          { label: 'This week', value: <Quantity value={quality.thisWeek} /> },
          { label: 'In an active hour', value: <Quantity value={quality.perHour} digits={0} /> },
          { label: 'Median time', value: <Quantity value={quality.medianSeconds} unit="s" /> },
          { label: 'Improved responses', value: <Quantity value={quality.edited} /> },
          { label: 'Skipped', value: <Quantity value={skipped} /> },
        ]}
      />
      {quality.remarks.length > 0 && (
        <Section title="Worth a word">
          <Remarks quality={quality} />
        </Section>
      )}
      <Section title="Agreement">
        {shared ? (
          <AgreementFigures found={quality} />
        ) : (
          <NothingShared annotators={quality.annotators.length} />
        )}
      </Section>
      <Section title="Known answers">
        <CheckFigures found={quality} />
      </Section>
      {quality.overTime.periods.length > 1 && (
        <Section title="Over time">
          <OverTimeCharts over={quality.overTime} />
        </Section>
      )}
      <Section title="What sways the rankings">
        <BiasFigures found={quality} />
      </Section>
      <Section title="Annotators">
        <p className="mb-2 max-w-prose text-13 text-pretty text-ink-2">
          An hour is one of active time. Reliability is how often an annotator prefers what the others’ votes
          point to, 50 % being a coin. Weight is what a vote counts in a dataset weighed by annotator: 1 is
          the average, and everybody keeps it until the overlap can tell people apart.
        </p>
        <FigureTable
          title="Annotators"
          of="Annotator"
          rows={annotators.map(({ reliability, ...one }) => ({
            ...one,
            reliability: reliability && { ...reliability, rate: reliability.value, n: reliability.votes },
          }))}
          groups={annotatorColumns}
          nothing="No annotator matches."
        />
      </Section>
      {quality.agreementPairs.length > 0 && (
        <Section title="Agreement of two, the least first">
          <AgreementPairs pairs={quality.agreementPairs} />
        </Section>
      )}
      {quality.batches.length > 1 && (
        <Section title="Batches">
          <FigureTable
            title="Batches"
            of="Batch"
            rows={quality.batches.map((one) => ({ ...one }))}
            groups={groupColumns}
            nothing="No batch."
          />
        </Section>
      )}
      <Section title="Tags">
        {quality.tags.length > 0 ? (
          <FigureTable
            title="Tags"
            of="Tag"
            rows={quality.tags.map((one) => ({ ...one, id: one.name }))}
            groups={groupColumns}
            nothing="No tag."
          />
        ) : (
          <p className="text-ink-2">
            None of the prompts ranked has a tag. Prompts get theirs when they are imported.
          </p>
        )}
      </Section>
      <Section title="Skipped and flagged">
        <Notices skips={quality.skips} flags={quality.flags} />
      </Section>
    </>
  )
}

function NothingShared({ annotators }: { annotators: number }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-md border border-dashed border-line px-4 py-4">
      <Users aria-hidden className="text-ink-3" />
      <p className="min-w-0 flex-1 basis-80 text-pretty text-ink-2">
        No comparison here has been ranked by two annotators, so nothing can be said of agreement or of how
        far anybody can be relied on.{' '}
        {annotators < 2
          ? 'Invite a second annotator, and make comparisons for two annotators each or more.'
          : 'Make comparisons for two annotators each or more.'}
      </p>
      <LinkButton href={annotators < 2 ? '/members' : '/comparisons'}>
        {annotators < 2 ? 'Invite annotators' : 'Make comparisons'}
      </LinkButton>
    </div>
  )
}
