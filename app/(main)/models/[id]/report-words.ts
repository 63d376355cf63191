import type { RewardReport } from '#lib/models/reward-report.ts'
import { formatNumber, formatPercent } from '../../../ui/quantity.tsx'

type HeldOut = NonNullable<RewardReport['heldOut']>
type Share = HeldOut['byStrength'][string]

export interface Slice {
  title: string
  note?: string
  rows: { id: string; name: string; share: Share }[]
}

/** '78 % [70, 85]' */
export function accuracyWords({ pairs, low, high }: Pick<Share, 'pairs' | 'low' | 'high'>): string {
  return `${formatPercent(pairs)} [${formatNumber(low * 100, 0)}, ${formatNumber(high * 100, 0)}]`
}

/** What a fitted temperature says of a model's certainty. */
export function temperatureWords(temperature: number | null): string {
  if (temperature === null) return 'No temperature would make it truer.'
  const rounded = formatNumber(temperature)
  if (temperature > 1.05) return `Too sure: dividing its differences by ${rounded} would make them truest.`
  if (temperature < 0.95)
    return `Not sure enough: dividing its differences by ${rounded} would make them truest.`
  return `About as sure as it should be: the best temperature is ${rounded}.`
}

/** What the figures leave out, in sentences. */
export function besideWords({ heads, heldOut }: RewardReport): string {
  const { ties = 0, uncertainty } = heldOut ?? {}
  const sentences = [
    'Intervals are 95 %, by drawing comparisons again, as pairs of one comparison hang together.',
    ties > 0 &&
      `${formatNumber(ties)} ${ties === 1 ? 'tie is' : 'ties are'} left out, having no right order.`,
    uncertainty &&
      `Its ${heads} heads are ${formatNumber(uncertainty.ofRight)} apart on pairs it orders rightly, ${formatNumber(uncertainty.ofWrong)} on those it does not.`,
  ]
  return sentences.filter(Boolean).join(' ')
}

const strengths: Record<string, string> = {
  1: '1, negligibly better',
  2: '2, slightly better',
  3: '3, better',
  4: '4, significantly better',
  ungraded: 'Not graded',
}
const lengths: Record<string, string> = {
  'shorter chosen': 'The shorter was chosen',
  'longer chosen': 'The longer was chosen',
  same: 'Same length',
}

/** The accuracy by strength, length and annotator, each in the order a reader expects; a slicing of one slice says nothing. */
export function slicesOf(report: HeldOut, annotators: Record<string, string>): Slice[] {
  const { byStrength, byLength, byLengthDifference, byAnnotator } = report
  const [second, third] = byLengthDifference.terciles
  const apart: Record<string, string> = {
    '1 small': `Under ${formatNumber(second)} tokens apart`,
    '2 middle': `${formatNumber(second)} to ${formatNumber((third ?? 0) - 1)} tokens apart`,
    '3 large': `${formatNumber(third)} tokens apart or more`,
  }
  const rows = (slices: Record<string, Share>, words: (name: string) => string) =>
    Object.keys(slices)
      .sort()
      .map((id) => ({ id, name: words(id), share: slices[id]! }))
  const people = rows(byAnnotator, (id) => annotators[id] ?? 'Somebody who left').sort(
    (a, b) => b.share.pairCount - a.share.pairCount,
  )
  return [
    {
      title: 'By strength of the preference',
      rows: rows(byStrength, (name) => strengths[name] ?? name),
    },
    {
      title: 'By length',
      note: 'Much better where the longer was chosen, it may like length rather than what people like.',
      rows: [
        ...rows(byLength, (name) => lengths[name] ?? name),
        ...rows(byLengthDifference.accuracy, (name) => apart[name] ?? name),
      ],
    },
    { title: 'By annotator', rows: people },
  ].filter(({ rows }) => rows.length > 0)
}
