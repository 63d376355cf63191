import { ChevronRight } from 'lucide-react'
import type { QualityOverview } from '#lib/quality/overview.ts'
import { Link } from '../../ui/link.tsx'
import { formatNumber } from '../../ui/quantity.tsx'

const mostReasons = 8
const mostComparisons = 5

/** Why comparisons were skipped, and what was flagged. */
export function Notices({ skips, flags }: Pick<QualityOverview, 'skips' | 'flags'>) {
  return (
    <div className="grid grid-cols-1 items-start gap-x-8 gap-y-6 lg:grid-cols-2">
      <div>
        <h3 className="mb-2 font-medium">Skipped</h3>
        {skips.length === 0 && <p className="text-ink-2">Nothing was skipped.</p>}
        {skips.length > 0 && (
          <ul className="divide-y divide-line border-y border-line">
            {skips.slice(0, mostReasons).map(({ reason, count }) => (
              <li key={reason} className="flex justify-between gap-4 py-1.5">
                <span className="min-w-0 break-words">{reason || 'No reason given'}</span>
                <span className="tabular-nums">{formatNumber(count)}</span>
              </li>
            ))}
          </ul>
        )}
        {skips.length > mostReasons && (
          <p className="mt-2 text-13 text-ink-3">
            {formatNumber(skips.length - mostReasons)} more reasons are in the downloads.
          </p>
        )}
      </div>
      <div>
        <h3 className="mb-2 font-medium">Flagged</h3>
        {flags.length === 0 && <p className="text-ink-2">Nothing was flagged.</p>}
        {flags.length > 0 && (
          <div className="divide-y divide-line border-y border-line">
            {flags.map(({ flag, prompts, responses, comparisons }) => (
              <details key={flag} className="group">
                <summary className="flex cursor-pointer flex-wrap items-center justify-between gap-x-4 py-1.5 pointer-coarse:py-3">
                  <span className="flex min-w-0 items-center gap-2">
                    <ChevronRight
                      aria-hidden
                      className="text-ink-3 transition-transform group-open:rotate-90 motion-reduce:transition-none"
                    />
                    <span className="min-w-0 break-words">{flag}</span>
                  </span>
                  <span className="text-13 text-ink-2 tabular-nums">
                    {[times(prompts, 'prompt', 'prompts'), times(responses, 'response', 'responses')]
                      .filter(Boolean)
                      .join(', ')}
                  </span>
                </summary>
                <ul className="mb-2 pl-6 text-13">
                  {comparisons.slice(0, mostComparisons).map(({ id, text }) => (
                    <li key={id} className="truncate">
                      <Link
                        href={`/comparisons/${id}`}
                        className="block truncate py-1 text-ink-2 underline decoration-line-strong underline-offset-2 hover:text-ink pointer-coarse:py-3"
                      >
                        {text}
                      </Link>
                    </li>
                  ))}
                  {comparisons.length > mostComparisons && (
                    <li className="py-1 text-ink-3">
                      The last flagged; {formatNumber(comparisons.length - mostComparisons)} more are in the
                      JSON download.
                    </li>
                  )}
                </ul>
              </details>
            ))}
          </div>
        )}
      </div>
    </div>
  )
}

const times = (count: number, one: string, many: string) =>
  count > 0 ? `${formatNumber(count)} ${count === 1 ? one : many}` : ''
