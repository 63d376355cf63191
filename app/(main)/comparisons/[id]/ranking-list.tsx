import { Flag, Gavel, PencilLine } from 'lucide-react'
import { Badge } from '../../../ui/badge.tsx'
import { Quantity } from '../../../ui/quantity.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { EditedText } from './edited-text.tsx'
import { orderWords } from './order.ts'

export interface RankingItem {
  id: string
  annotator: { id: string; name: string }
  groups: string[][]
  edit: { completionId: string; text: string } | null
  allBad: boolean
  strength: number | null
  flags: { target: string; flag: string }[]
  comment: string | null
  millisecondsSpent: number
  createdAt: Date | string
  superseded: boolean
}

const strengths = ['', 'negligibly better', 'slightly better', 'better', 'significantly better']

/** Who ranked how, the decision on top; an order that was corrected later is dimmed and struck through. */
export function RankingList({
  rankings,
  decision,
  letters,
  texts,
}: {
  rankings: RankingItem[]
  decision: RankingItem | null
  letters: Map<string, string>
  /** Of the completions, by id. */
  texts: Map<string, string>
}) {
  if (rankings.length === 0 && !decision) return <p className="text-ink-2">Nobody has ranked it yet.</p>
  return (
    <ul className="overflow-hidden rounded-md border border-line bg-surface">
      {decision && <RankingLine ranking={decision} decides letters={letters} texts={texts} />}
      {rankings.map((ranking) => (
        <RankingLine
          key={ranking.id}
          ranking={ranking}
          overruled={decision !== null}
          letters={letters}
          texts={texts}
        />
      ))}
    </ul>
  )
}

function RankingLine({
  ranking,
  decides,
  overruled,
  letters,
  texts,
}: {
  ranking: RankingItem
  decides?: boolean
  overruled?: boolean
  letters: Map<string, string>
  texts: Map<string, string>
}) {
  const { superseded, edit } = ranking
  return (
    <li
      className={`flex flex-col gap-1 border-b border-line px-4 py-2 last:border-b-0 ${superseded ? 'text-ink-3' : ''} ${decides ? 'bg-sunken' : ''}`}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span
          className={`${superseded ? 'line-through' : ''} ${overruled ? 'font-medium text-ink-2' : 'font-semibold'}`}
        >
          {orderWords(ranking.groups, letters)}
        </span>
        {decides && (
          <Badge>
            <Gavel aria-hidden />
            decision
          </Badge>
        )}
        {ranking.strength !== null && <Badge>{strengths[ranking.strength]}</Badge>}
        {ranking.allBad && <Badge>none acceptable</Badge>}
        {superseded && <Badge>corrected</Badge>}
        <span className="ml-auto flex flex-wrap gap-x-4 text-13 text-ink-3">
          <span>{ranking.annotator.name}</span>
          <Quantity
            value={Math.round(ranking.millisecondsSpent / 1000)}
            unit="s"
            className="text-right sm:w-14"
          />
          <RelativeTime time={ranking.createdAt} className="text-right text-ink-3 sm:w-28" />
        </span>
      </div>
      {ranking.flags.length > 0 && (
        <p className="flex flex-wrap items-center gap-2 text-13 text-ink-2">
          <Flag aria-hidden className="size-3!" />
          {ranking.flags.map(({ target, flag }) => `${letters.get(target) ?? 'prompt'}: ${flag}`).join(' · ')}
        </p>
      )}
      {ranking.comment && <p className="whitespace-pre-wrap text-13 text-ink-2">“{ranking.comment}”</p>}
      {edit && (
        <div className="mt-1 border-l-2 border-line-strong pl-3">
          <p className="flex items-center gap-2 text-13 text-ink-2">
            <PencilLine aria-hidden className="size-3!" />
            Improved {letters.get(edit.completionId)}, ranked first
          </p>
          <EditedText text={edit.text} original={texts.get(edit.completionId) ?? ''} />
        </div>
      )}
    </li>
  )
}
