import type { QualityOverview } from '#lib/quality/overview.ts'
import { formatNumber, formatPercent } from '../../ui/quantity.tsx'
import type { Share } from './types.ts'

type Found = Pick<QualityOverview, 'rankings' | 'annotators' | 'agreement' | 'gold' | 'repeated'>

/** What matters most, in a sentence or two. */
export function Summary({ found }: { found: Found }) {
  const { rankings, annotators, agreement, gold, repeated } = found
  const people = annotators.filter((one) => one.rankings > 0).length
  const clauses = [
    agreement && ['order ', agreement, ' of pairs alike'],
    gold && [agreement ? '' : 'order ', gold, ' of gold pairs rightly'],
    repeated && ['say the same of ', repeated, ' of pairs when asked again'],
  ].filter((clause) => clause !== null) as [string, Share, string][]
  return (
    <p className="mt-2 mb-4 max-w-prose text-16 text-pretty">
      {formatNumber(people)} {people === 1 ? 'annotator' : 'annotators'}, {formatNumber(rankings)}{' '}
      {rankings === 1 ? 'ranking' : 'rankings'}.{clauses.length > 0 && ' They '}
      {clauses.map(([before, share, after], index) => (
        <span key={after}>
          {index > 0 && (index === clauses.length - 1 ? ', and ' : ', ')}
          {before}
          <strong className="font-semibold whitespace-nowrap tabular-nums">
            {formatPercent(share.rate)}
          </strong>
          {after}{' '}
          <span className="whitespace-nowrap text-ink-3 tabular-nums">
            [{formatNumber(share.low * 100, 0)}, {formatNumber(share.high * 100, 0)}]
          </span>
        </span>
      ))}
      {clauses.length > 0 && '.'}
    </p>
  )
}
