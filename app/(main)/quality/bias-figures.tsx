import type { QualityOverview } from '#lib/quality/overview.ts'
import { formatNumber } from '../../ui/quantity.tsx'
import { FigureList } from './figure-list.tsx'
import type { Share } from './types.ts'

type Found = Pick<
  QualityOverview,
  'firstShown' | 'expectedFirstShown' | 'longer' | 'earlier' | 'unusualTimes' | 'rankings'
>

/** What sways annotators besides the text: place, length, haste. */
export function BiasFigures({ found }: { found: Found }) {
  const { fast, slow } = found.unusualTimes
  return (
    <FigureList
      figures={[
        {
          label: 'A side wins',
          sentence: `How often the response shown first, A, was ranked best alone. ${verdict(
            found.firstShown,
            found.expectedFirstShown,
            ['The first place is favoured.', 'The first place is disfavoured.'],
          )}`,
          share: found.firstShown,
          chance: found.expectedFirstShown,
          missing: 'Only ties for best',
        },
        {
          label: 'Shown earlier wins',
          sentence: `Of two responses of the same length, how often the one shown earlier is preferred. ${verdict(
            found.earlier,
            0.5,
            ['Earlier ones are favoured.', 'Later ones are favoured.'],
          )}`,
          share: found.earlier,
          chance: 0.5,
          missing: 'Needs more rankings',
        },
        {
          label: 'Twice as long wins',
          sentence: `Of two responses, one twice as long as the other, how often the longer is preferred. ${verdict(
            found.longer,
            0.5,
            ['Long ones are favoured; they may also be better.', 'Short ones are favoured.'],
          )}`,
          share: found.longer,
          chance: 0.5,
          missing: 'Needs more rankings',
        },
        {
          label: 'Unusual times',
          sentence:
            'Rankings far faster or slower than the same annotator’s others (over 3.5 robust deviations of log time).',
          value: (
            <span className="whitespace-nowrap tabular-nums">
              {formatNumber(fast)} fast, {formatNumber(slow)} slow
              <span className="text-ink-3"> of {formatNumber(found.rankings)}</span>
            </span>
          ),
          missing: '',
        },
      ]}
    />
  )
}

/** What an interval says of a bias. */
function verdict(share: Share | null, chance: number | null, [above, below]: [string, string]): string {
  if (!share || chance === null) return ''
  if (share.low > chance) return above
  if (share.high < chance) return below
  return 'No bias can be seen: chance is within the interval.'
}
