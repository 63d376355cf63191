import { Conversation } from '../../../ui/conversation.tsx'
import { cx } from '../../../ui/cx.ts'
import { Link } from '../../../ui/link.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import type { JudgeName } from '../types.ts'
import type { PromptMatches } from './match-groups.ts'

const judgeWords: Record<JudgeName, string> = { RUBRIC: 'rubric', REWARD_MODEL: 'reward', HUMAN: 'people' }

/** One held-out prompt with both answers; the winner by the chosen judge is outlined. */
export function MatchCard({ match, judge }: { match: PromptMatches; judge: JudgeName }) {
  const outcome = match.judged[judge]?.outcome
  return (
    <article className="rounded-md border border-line bg-surface">
      <div className="flex items-start gap-4 border-b border-line px-3 py-2">
        <div className="min-w-0 flex-1 text-ink-2">
          {match.prompt.messages.length > 1 ? (
            <Conversation messages={match.prompt.messages} />
          ) : (
            <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{match.prompt.text}</p>
          )}
        </div>
        <Link href={`/prompts/${match.promptId}`} className="text-13">
          Prompt
        </Link>
      </div>
      <div className="grid gap-px bg-line sm:grid-cols-2">
        {(['A', 'B'] as const).map((side) => (
          <Side
            key={side}
            side={side}
            match={match}
            isWinner={outcome === side}
            text={side === 'A' ? match.completionA : match.completionB}
          />
        ))}
      </div>
    </article>
  )
}

function Side({
  side,
  match,
  isWinner,
  text,
}: {
  side: 'A' | 'B'
  match: PromptMatches
  isWinner: boolean
  text: string
}) {
  return (
    <div className="flex min-w-0 flex-col gap-2 bg-surface px-3 py-2 last:rounded-br-md">
      <p className="flex items-baseline gap-3 text-13">
        <span className={cx('font-semibold', isWinner ? 'text-ink' : 'text-ink-3')}>
          {side}
          {isWinner && ' won'}
        </span>
        {Object.values(match.judged).map(({ judge, scoreA, scoreB }) => (
          <span key={judge} className="text-ink-3">
            {judgeWords[judge]}{' '}
            <span className="font-medium text-ink-2">{formatNumber(side === 'A' ? scoreA : scoreB)}</span>
          </span>
        ))}
      </p>
      <p className="whitespace-pre-wrap text-16 [overflow-wrap:anywhere]">{text}</p>
    </div>
  )
}
