import type { ReactNode } from 'react'
import { cx } from '../../ui/cx.ts'
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

/**
 * Numbers with their intervals drawn on one line each, and what they mean. Coefficients run from `from` to 1,
 * shares from 0 to 100 %.
 */
export function FigureList({ figures, from = 0 }: { figures: Figure[]; from?: number }) {
  return (
    <dl className="divide-y divide-line rounded-md border border-line bg-surface">
      {figures.map(({ label, sentence, estimate, share, chance, missing, value }, index) => {
        const found = estimate ?? (share && { value: share.rate, low: share.low, high: share.high })
        return (
          <div key={index} className="flex flex-col gap-x-6 gap-y-1 px-3 py-2.5 lg:flex-row lg:items-center">
            <dt className="min-w-0 lg:flex-1">
              <span className="font-medium">{label}</span>
              <span className="block max-w-prose text-pretty text-13 text-ink-2">{sentence}</span>
            </dt>
            <dd className="flex items-center gap-4 lg:gap-6">
              {found && (
                <IntervalMark
                  {...found}
                  chance={chance}
                  from={estimate ? from : 0}
                  className="min-w-0 flex-1 max-lg:max-w-64 lg:w-56"
                />
              )}
              <span className={cx('lg:text-right', !value && 'lg:w-36')}>
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
