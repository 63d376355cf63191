import { ShareMark } from './share-mark.tsx'
import type { Share } from './types.ts'

export interface AgreementPair {
  a: { id: string; name: string }
  b: { id: string; name: string }
  agreement: Share
}

/** How often two annotators ordered the same two completions alike, the least first. */
export function AgreementPairs({ pairs }: { pairs: AgreementPair[] }) {
  const sorted = [...pairs].sort((one, other) => one.agreement.rate - other.agreement.rate)
  return (
    <ul className="grid max-w-3xl gap-x-8 sm:grid-cols-2">
      {sorted.map(({ a, b, agreement }) => (
        <li
          key={`${a.id} ${b.id}`}
          className="flex items-center justify-between gap-4 border-b border-line py-1.5"
        >
          <span className="min-w-0 truncate">
            {a.name} <span className="text-ink-3">and</span> {b.name}
          </span>
          <ShareMark share={agreement} chance={0.5} />
        </li>
      ))}
    </ul>
  )
}
