import type { ReactNode } from 'react'
import { IntervalMark } from './interval-mark.tsx'
import { EstimateWords, ShareWords } from './interval-words.tsx'
import type { Estimate, Share } from './types.ts'

export interface Figure {
  label: ReactNode
  /** What the number means, in a sentence. */
  sentence: ReactNode
  estimate?: Estimate | null
  share?: Share | null
  /** Where chance would put it. */
  chance?: number | null
  /** Why there is no number. */
  missing: string
  /** Instead of a number with an interval. */
  value?: ReactNode
}

/** Numbers with their intervals drawn on one line each, and what they mean. Coefficients run from `from` to 1, shares from 0 to 100 %. */
export function FigureList({ figures, from = 0 }: { figures: Figure[]; from?: number }) {
  return (
    <dl className="divide-y divide-line rounded-md border border-line bg-surface">
      {figures.map(({ label, sentence, estimate, share, chance, missing, value }, index) => {
        const found = estimate ?? (share && { value: share.rate, low: share.low, high: share.high })
        return (
          <div
            key={index}
            className="grid gap-x-6 gap-y-1 px-3 py-2.5 sm:grid-cols-[minmax(0,1fr)_9rem] lg:grid-cols-[minmax(0,1fr)_14rem_9rem] lg:items-center"
          >
            <dt>
              <span className="font-medium">{label}</span>
              <span className="block max-w-prose text-pretty text-13 text-ink-2">{sentence}</span>
            </dt>
            <dd className="contents">
              <span className="max-lg:hidden">
                {found && (
                  <IntervalMark {...found} chance={chance} from={estimate ? from : 0} className="w-full" />
                )}
              </span>
              <span className="sm:text-right">
                {value ??
                  (estimate ? (
                    <EstimateWords found={estimate} />
                  ) : share ? (
                    <ShareWords share={share} />
                  ) : (
                    <span className="text-13 text-ink-3">{missing}</span>
                  ))}
              </span>
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
