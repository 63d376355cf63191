import type { QualityOverview } from '#lib/quality/overview.ts'
import { ShareWords } from './interval-words.tsx'

/** Whom to talk to, and why. */
export function Remarks({ quality }: { quality: QualityOverview }) {
  const person = new Map(quality.annotators.map((one) => [one.id, one]))
  return (
    <ul className="max-w-3xl divide-y divide-line border-y border-line">
      {quality.remarks.map(({ annotator: { id, name }, about }) => {
        const { gold, goldTrend } = person.get(id)!
        return (
          <li key={`${id} ${about}`} className="py-2 text-pretty">
            {about === 'gold' ? (
              <>
                <span className="font-medium">{name}</span> orders <ShareWords share={gold} /> of gold pairs
                rightly, and all annotators together <ShareWords share={quality.gold} />. Go through the
                guidelines with them, or leave their rankings out of the next dataset.
              </>
            ) : (
              <>
                <span className="font-medium">{name}</span> ordered{' '}
                <ShareWords share={goldTrend?.recent ?? null} /> of pairs rightly in their last 20 gold items,
                and <ShareWords share={goldTrend?.before ?? null} /> before. They may need a rest.
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}
