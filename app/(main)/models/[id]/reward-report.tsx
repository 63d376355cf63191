import type { RewardReport } from '#lib/models/reward-report.ts'
import { Reliability } from '../../../charts/reliability.tsx'
import { ShareBar } from '../../../charts/share-bar.tsx'
import { Facts } from '../../../ui/facts.tsx'
import { formatNumber, formatPercent } from '../../../ui/quantity.tsx'
import { Section } from '../../../ui/section.tsx'
import { accuracyWords, besideWords, type Slice, slicesOf, temperatureWords } from './report-words.ts'

/** How well a reward model knows what people say of comparisons it has not learned from. */
export function HeldOutReport({
  report,
  annotators,
}: {
  report: RewardReport | null
  annotators: Record<string, string>
}) {
  if (!report?.heldOut)
    return (
      <Section title="Held-out comparisons">
        <p className="max-w-prose text-ink-2">
          {report
            ? 'There was no held-out comparison with a winner to measure this model on: rank completions of held-out prompts, make a dataset, and train anew.'
            : 'Nothing is known of it: the model came without a report, as an import or from an older run. Train one here to see its accuracy and calibration.'}
        </p>
      </Section>
    )
  const { accuracy, calibration, comparisons, pairs } = report.heldOut
  return (
    <Section title="Held-out comparisons">
      <Facts
        items={[
          { label: 'Accuracy', value: accuracyWords(accuracy) },
          { label: 'Best of a comparison', value: formatPercent(accuracy.comparisons) },
          {
            label: 'Measured on',
            value: `${formatNumber(pairs)} pairs of ${formatNumber(comparisons)}`,
          },
          { label: 'Calibration error', value: formatPercent(calibration.ece, 1) },
          { label: 'Fitted temperature', value: formatNumber(calibration.temperature) },
          { label: 'Log loss', value: `${formatNumber(calibration.logLoss)} nats` },
        ]}
      />
      <p className="mt-2 text-13 text-ink-3">{besideWords(report)}</p>
      <div className="mt-4 grid items-start gap-4 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
        <figure className="rounded-md border border-line bg-surface p-3">
          <figcaption className="mb-2">
            <span className="block font-medium">Reliability</span>
            <span className="text-13 text-ink-3">
              How often pairs come true against how sure the model is of them. On the dashed line it can be
              taken at its word. {temperatureWords(calibration.temperature)}
            </span>
          </figcaption>
          <Reliability bins={calibration.bins} />
        </figure>
        <div className="grid gap-4">
          {slicesOf(report.heldOut, annotators).map((slice) => (
            <SliceTable key={slice.title} {...slice} />
          ))}
        </div>
      </div>
    </Section>
  )
}

function SliceTable({ title, note, rows }: Slice) {
  return (
    <section className="rounded-md border border-line bg-surface">
      <h3 className="px-3 pt-2 font-medium">{title}</h3>
      {note && <p className="px-3 text-13 text-ink-3">{note}</p>}
      <table className="mt-1 w-full border-collapse text-13">
        <thead className="sr-only">
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">Accuracy, from 0 to 100 %</th>
            <th scope="col">Accuracy with its 95 % interval</th>
            <th scope="col">Pairs</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, share }) => (
            <tr key={id} className="border-t border-line first:border-t-0">
              <th
                scope="row"
                className="w-2/5 px-3 sm:max-w-0 sm:truncate py-1 text-left font-normal"
                title={name}
              >
                {name}
              </th>
              <td className="px-2 py-1 max-sm:hidden">
                <ShareBar value={share.pairs} low={share.low} high={share.high} />
              </td>
              <td className="w-32 px-2 py-1 text-right font-medium whitespace-nowrap tabular-nums">
                {accuracyWords(share)}
              </td>
              <td className="w-20 px-3 py-1 text-right whitespace-nowrap text-ink-3 tabular-nums">
                {formatNumber(share.pairCount)} {share.pairCount === 1 ? 'pair' : 'pairs'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
