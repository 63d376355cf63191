import { formatNumber } from '../../ui/quantity.tsx'
import { EstimateWords, ShareWords } from './interval-words.tsx'
import type { Estimate, Share } from './types.ts'

export interface AgreementPair {
  a: { id: string; name: string }
  b: { id: string; name: string }
  agreement: Share | null
  cohenKappa: Estimate | null
}

const most = 12

/** How far two annotators agree on the comparisons that both ranked, the least first. */
export function AgreementPairs({ pairs }: { pairs: AgreementPair[] }) {
  const sorted = pairs.toSorted((one, other) => (one.cohenKappa?.value ?? 2) - (other.cohenKappa?.value ?? 2))
  return (
    <>
      <p className="mb-2 max-w-prose text-13 text-pretty text-ink-2">
        Cohen’s κ is agreement beyond chance of the two, 1 complete and 0 guessing; beside it the share of
        pairs of responses that both ordered alike.
      </p>
      <ul className="max-w-3xl divide-y divide-line border-y border-line">
        {sorted.slice(0, most).map(({ a, b, agreement, cohenKappa }) => (
          <li
            key={`${a.id} ${b.id}`}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 py-1.5 sm:grid-cols-[minmax(0,1fr)_11rem_8rem]"
          >
            <span className="truncate max-sm:col-span-2">
              {a.name} <span className="text-ink-3">and</span> {b.name}
            </span>
            <span className="whitespace-nowrap sm:text-right">
              <span className="text-ink-3">κ </span>
              <EstimateWords found={cohenKappa} />
            </span>
            <span className="text-right">
              <ShareWords share={agreement} />
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
