import { type WinRate, winRateWords } from './win-words.ts'

/** B's win rate on a line from 0 to 100 %, with its interval and the even point at 50 %. */
export function WinBar({ judge, rate }: { judge: string; rate: WinRate }) {
  const x = (share: number) => `${share * 100}%`
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-4 max-sm:flex-wrap">
        <span className="w-28 shrink-0 font-medium">{judge}</span>
        <span
          role="img"
          aria-label={`B's win rate by the ${judge.toLowerCase()}: ${winRateWords(rate)}`}
          className="relative h-6 min-w-40 flex-1 max-sm:order-last max-sm:basis-full"
        >
          <span className="absolute inset-x-0 top-2 h-2 rounded-full bg-hover" />
          <span
            className="absolute top-2 h-2 rounded-full bg-policy/35"
            style={{ left: x(rate.low), right: x(1 - rate.high) }}
          />
          <span className="absolute top-0 h-6 w-px bg-line-strong" style={{ left: x(0.5) }} />
          <span
            className="absolute top-1 h-4 w-1 -translate-x-1/2 rounded-full bg-policy"
            style={{ left: x(rate.winRate) }}
          />
        </span>
        <span className="w-28 text-right font-medium whitespace-nowrap tabular-nums max-sm:ml-auto">
          {winRateWords(rate)}
        </span>
      </div>
      <p className="text-13 text-ink-3 sm:pl-32">
        B won {rate.wins}, A won {rate.losses}, {rate.ties} {rate.ties === 1 ? 'tie' : 'ties'} on {rate.n}{' '}
        prompts
      </p>
    </div>
  )
}
