import { Flag } from 'lucide-react'
import { Badge } from '../../../ui/badge.tsx'
import { Quantity } from '../../../ui/quantity.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { orderWords } from './order.ts'

export interface RankingItem {
  id: string
  annotator: { id: string; name: string }
  groups: string[][]
  allBad: boolean
  strength: number | null
  flags: { target: string; flag: string }[]
  comment: string | null
  millisecondsSpent: number
  createdAt: Date | string
  superseded: boolean
}

const strengths = ['', 'negligibly better', 'slightly better', 'better', 'significantly better']

/** Who ranked how, newest first; an order that was corrected later is dimmed and struck through. */
export function RankingList({
  rankings,
  letters,
}: {
  rankings: RankingItem[]
  letters: Map<string, string>
}) {
  if (rankings.length === 0) return <p className="text-ink-2">Nobody has ranked it yet.</p>
  return (
    <ul className="overflow-hidden rounded-md border border-line bg-surface">
      {rankings.map((ranking) => (
        <li
          key={ranking.id}
          className={`flex flex-col gap-1 border-b border-line px-4 py-2 last:border-b-0 ${ranking.superseded ? 'text-ink-3' : ''}`}
        >
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className={`font-semibold ${ranking.superseded ? 'line-through' : ''}`}>
              {orderWords(ranking.groups, letters)}
            </span>
            {ranking.strength !== null && <Badge>{strengths[ranking.strength]}</Badge>}
            {ranking.allBad && <Badge>none acceptable</Badge>}
            {ranking.superseded && <Badge>corrected</Badge>}
            <span className="ml-auto flex flex-wrap gap-x-4 text-13 text-ink-3">
              <span>{ranking.annotator.name}</span>
              <Quantity value={Math.round(ranking.millisecondsSpent / 1000)} unit="s" />
              <RelativeTime time={ranking.createdAt} className="text-ink-3" />
            </span>
          </div>
          {ranking.flags.length > 0 && (
            <p className="flex flex-wrap items-center gap-2 text-13 text-ink-2">
              <Flag aria-hidden className="size-3!" />
              {ranking.flags
                .map(({ target, flag }) => `${letters.get(target) ?? 'prompt'}: ${flag}`)
                .join(' · ')}
            </p>
          )}
          {ranking.comment && <p className="whitespace-pre-wrap text-13 text-ink-2">“{ranking.comment}”</p>}
        </li>
      ))}
    </ul>
  )
}
