import { formatNumber } from '../../ui/quantity.tsx'
import { EstimateWords, ShareWords } from './interval-words.tsx'
import type { Estimate, Share } from './types.ts'

export interface AgreementPair {
  a: { id: string; name: string }
  b: { id: string; name: string }
  agreement: Share | null
  cohenKappa: Estimate | null
}

const most = 40

/** How far two annotators agree on the comparisons that both ranked, the least first. */
export function AgreementPairs({ pairs }: { pairs: AgreementPair[] }) {
  const sorted = pairs.toSorted((one, other) => (one.cohenKappa?.value ?? 2) - (other.cohenKappa?.value ?? 2))
  return (
    <>
      <p className="mb-2 max-w-prose text-13 text-pretty text-ink-2">
        Cohen’s κ is agreement beyond chance of the two, 1 complete and 0 guessing; beside it the share of
        pairs of responses that both ordered alike.
      </p>
      <ul className="grid gap-x-8 xl:grid-cols-2">
        {sorted.slice(0, most).map(({ a, b, agreement, cohenKappa }) => (
          <li
            key={`${a.id} ${b.id}`}
            className="flex flex-wrap items-center justify-between gap-x-4 border-b border-line py-1.5"
          >
            <span className="min-w-0 truncate">
              {a.name} <span className="text-ink-3">and</span> {b.name}
            </span>
            <span className="flex gap-4 max-sm:w-full">
              <span className="whitespace-nowrap">
                <span className="text-ink-3">κ </span>
                <EstimateWords found={cohenKappa} />
              </span>
              <span className="sm:w-28 sm:text-right">
                <ShareWords share={agreement} />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {sorted.length > most && (
        <p className="mt-2 text-13 text-ink-3">
          {formatNumber(sorted.length - most)} more are in the downloads.
        </p>
      )}
    </>
  )
}
