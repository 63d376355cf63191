import { Facts } from '../../ui/facts.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import type { ImportReport } from './import-lines.ts'

/** What became of the lines: those refused first, then those that were there already. */
export function ReportView({ report }: { report: ImportReport }) {
  const of = (wanted: string) => report.lines.filter(({ status }) => status === wanted)
  const listed = [...of('refused'), ...of('duplicate')]
  const hidden = report.duplicates + report.refused - listed.length
  return (
    <div className="flex flex-col gap-4">
      <Facts
        items={[
          { label: 'Prompts added', value: formatNumber(report.added) },
          { label: 'Completions added', value: formatNumber(report.completionsAdded) },
          { label: 'Already here', value: formatNumber(report.duplicates) },
          { label: 'Refused', value: formatNumber(report.refused) },
        ]}
      />
      {listed.length > 0 && (
        <ul className="max-h-64 overflow-y-auto rounded-md border border-line text-13">
          {listed.map(({ line, status, reason }) => (
            <li key={line} className="flex gap-3 border-b border-line px-3 py-1.5 last:border-b-0">
              <span className="w-16 shrink-0 font-mono text-ink-3">line {line}</span>
              <span className={status === 'refused' ? 'text-danger' : 'text-ink-2'}>
                {status === 'refused' ? 'Refused' : 'Already here'}
              </span>
              <span className="min-w-0 text-ink-2 [overflow-wrap:anywhere]">{reason}</span>
            </li>
          ))}
        </ul>
      )}
      {hidden > 0 && <p className="text-13 text-ink-3">And {formatNumber(hidden)} lines more.</p>}
    </div>
  )
}
