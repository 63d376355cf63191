import { type WinRate, winRateWords } from './win-words.ts'

/** B's win rate on a line from 0 to 100 %, with its interval and the even point at 50 %. */
export function WinBar({ judge, rate }: { judge: string; rate: WinRate }) {
  const x = (share: number) => `${share * 100}%`
  return (
    <div className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 sm:grid-cols-[9rem_1fr_8rem]">
      <span className="text-14 font-medium">{judge}</span>
      <span className="text-right font-medium tabular-nums sm:order-last">{winRateWords(rate)}</span>
      <span
        role="img"
        aria-label={`B's win rate by the ${judge.toLowerCase()}: ${winRateWords(rate)}`}
        className="relative col-span-2 h-6 sm:col-span-1"
      >
        <span className="absolute inset-x-0 top-2 h-2 rounded-full bg-hover" />
        <span
          className="absolute top-2 h-2 rounded-full bg-policy/30"
          style={{ left: x(rate.low), right: x(1 - rate.high) }}
        />
        <span className="absolute top-0 h-6 w-px bg-line-strong" style={{ left: x(0.5) }} />
        <span
          className="absolute top-1 h-4 w-1 -translate-x-1/2 rounded-full bg-policy"
          style={{ left: x(rate.winRate) }}
        />
      </span>
      <span className="col-span-2 text-13 text-ink-3 sm:col-span-3 sm:pl-[10rem]">
        B won {rate.wins}, A won {rate.losses}, {rate.ties} {rate.ties === 1 ? 'tie' : 'ties'} on {rate.n}{' '}
        prompts
      </span>
    </div>
  )
}
