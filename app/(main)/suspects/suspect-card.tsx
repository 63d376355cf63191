'use client'

import { Check, UserPlus } from 'lucide-react'
import { ShareBar } from '../../charts/share-bar.tsx'
import { failureFrom, request } from '../../ui/api.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Conversation } from '../../ui/conversation.tsx'
import { Link } from '../../ui/link.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import { formatPercent } from '../../ui/quantity.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { toast, toastFailure } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'
import { AdjudicateButton } from '../comparisons/[id]/adjudicate-button.tsx'
import { lettersOf, orderWords } from '../comparisons/[id]/order.ts'
import type { Reward, SuspectItem, SuspectRanking } from './types.ts'

const seenWords = {
  trained: 'The model learned from it',
  'held-out': 'Held out from the model',
  new: 'New to the model',
}

const suspectWords = (suspect: number, all: number) =>
  suspect === all ? `, ${all === 2 ? 'both' : 'all'} suspect` : `, ${suspect} of them suspect`

/** '97 %', '99.4 %'; never a certainty that rounding made. */
function chanceWords(chance: number): string {
  return chance >= 0.9995 ? 'more than 99.9 %' : formatPercent(chance, chance > 0.99 ? 1 : 0)
}

/** One comparison with the rankings of it that the reward model contradicts, and what can be done about them. */
export function SuspectCard({
  item,
  reward,
  onDecided,
}: {
  item: SuspectItem
  reward: Reward
  onDecided: () => void
}) {
  const letters = lettersOf(item.completions.map(({ id }) => id))
  const { better, worse } = item.rankings[0]!.doubt
  const others = item.completions.filter(({ id }) => id !== better && id !== worse)
  const decide = useAction(async (path: string, body: object, done: string) => {
    try {
      await request('POST', path, body)
      toast(done)
      onDecided()
    } catch (error) {
      toastFailure(failureFrom(error))
    }
  })
  const again = () => decide.run(`/api/comparisons/${item.id}/requeue`, {}, 'Another annotator will be asked')
  const keep = () =>
    decide.run('/api/suspects/keep', { rankingIds: item.rankings.map(({ id }) => id) }, 'Kept as it is')

  return (
    <article className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-13 text-ink-3">
        <Link href={`/comparisons/${item.id}`} className="text-13">
          Comparison
        </Link>
        {item.batch && <span>{item.batch.name}</span>}
        <span>
          {item.submitted === 1 ? '1 ranking' : `${item.submitted} rankings`}
          {item.rankings.length > 1 && suspectWords(item.rankings.length, item.submitted)}
        </span>
        {item.adjudicating && <Badge>Adjudication is under way</Badge>}
      </div>
      <Conversation messages={item.prompt.messages} />
      <ul className="flex flex-col gap-3">
        {item.rankings.map((ranking) => (
          <Doubted key={ranking.id} ranking={ranking} letters={letters} reward={reward} />
        ))}
      </ul>
      <div className="grid items-start gap-3 lg:grid-cols-2">
        {[better, worse].map((id) => (
          <Completion
            key={id}
            letter={letters.get(id)!}
            text={item.completions.find((each) => each.id === id)!.text}
            note={id === better ? 'The annotator’s choice' : 'The model’s choice'}
          />
        ))}
      </div>
      {others.length > 0 && (
        <details>
          <summary className="cursor-default rounded-sm text-13 text-ink-2 pointer-coarse:py-3">
            {others.length === 1 ? 'The other completion' : `The ${others.length} other completions`}
          </summary>
          <div className="mt-3 grid items-start gap-3 lg:grid-cols-2">
            {others.map(({ id, text }) => (
              <Completion key={id} letter={letters.get(id)!} text={text} />
            ))}
          </div>
        </details>
      )}
      <div className="flex flex-wrap gap-2 border-t border-line pt-3">
        <Button className="pointer-coarse:h-11" isDisabled={decide.pending} onPress={() => void again()}>
          <UserPlus aria-hidden />
          Ask another annotator
        </Button>
        <AdjudicateButton comparisonId={item.id} again={false} />
        <Button
          kind="quiet"
          className="pointer-coarse:h-11"
          isDisabled={decide.pending}
          onPress={() => void keep()}
        >
          <Check aria-hidden />
          {item.rankings.length === 1 ? 'It is right' : 'They are right'}
        </Button>
      </div>
    </article>
  )
}

function Doubted({
  ranking: { annotator, groups, createdAt, doubt, seen },
  letters,
  reward,
}: {
  ranking: SuspectRanking
  letters: Map<string, string>
  reward: Reward
}) {
  const { chance, low, high } = doubt
  const differs = high - low >= 0.005
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-l-2 border-line-strong pl-3">
      <div className="min-w-0 flex-1 basis-72">
        <p>
          {annotator.name} ranked <span className="font-semibold">{orderWords(groups, letters)}</span>.{' '}
          {reward.name} v{reward.version} holds{' '}
          <span className="font-semibold tabular-nums">{chanceWords(chance)}</span> that{' '}
          {letters.get(doubt.worse)} is better than {letters.get(doubt.better)}
          {differs && (
            <>
              {' '}
              <span className="whitespace-nowrap">
                (its heads: {formatPercent(low)} to {formatPercent(high)})
              </span>
            </>
          )}
          .
        </p>
        <p className="mt-1 flex flex-wrap items-center gap-2 text-13">
          <Badge>{seenWords[seen]}</Badge>
          <RelativeTime time={createdAt} className="text-ink-3" />
        </p>
      </div>
      <span className="w-40 max-sm:hidden">
        <ShareBar value={chance} low={low} high={high} />
      </span>
    </li>
  )
}

function Completion({ letter, text, note }: { letter: string; text: string; note?: string }) {
  return (
    <section className="min-w-0 rounded-md border border-line">
      <h2 className="flex items-center gap-2 border-b border-line bg-sunken px-3 py-1.5 text-13">
        <span className="font-semibold">{letter}</span>
        {note && <span className="text-ink-2">{note}</span>}
      </h2>
      <div className="px-3 py-2 [overflow-wrap:anywhere]">
        <Markdown>{text}</Markdown>
      </div>
    </section>
  )
}
