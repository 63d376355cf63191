'use client'

import { LinkButton } from '../../ui/button.tsx'
import { Track } from '../../ui/progress-bar.tsx'
import { formatNumber } from '../../ui/quantity.tsx'
import { Section } from '../../ui/section.tsx'

export interface MyBatch {
  id: string
  name: string
  mine: number
  done: number
  total: number
  remainingForMe: number
}

/** The batches that have something for this annotator, or in which they have ranked. */
export function YourBatches({ batches }: { batches: MyBatch[] }) {
  return (
    <Section title="Your batches">
      <ul className="divide-y divide-line rounded-md border border-line bg-surface">
        {batches.map((batch) => (
          <li key={batch.id} className="flex flex-wrap items-center gap-x-6 gap-y-2 px-3 py-2.5">
            <div className="min-w-0 flex-1 basis-48">
              <p className="truncate font-medium">{batch.name}</p>
              <p className="text-13 text-ink-3">
                Everybody together: {formatNumber(batch.done)} of {formatNumber(batch.total)}
              </p>
            </div>
            <div className="w-40">
              <p className="text-13">
                {formatNumber(batch.mine)} of {formatNumber(batch.mine + batch.remainingForMe)}
                <span className="text-ink-3"> yours</span>
              </p>
              <Track share={batch.mine / Math.max(1, batch.mine + batch.remainingForMe)} />
            </div>
            <div className="ml-auto flex min-w-24 justify-end">
              {batch.remainingForMe > 0 ? (
                <LinkButton
                  href={`/rank?batch=${encodeURIComponent(batch.id)}`}
                  className="pointer-coarse:h-11"
                >
                  {batch.mine > 0 ? 'Continue' : 'Start'}
                  <span className="sr-only"> {batch.name}</span>
                </LinkButton>
              ) : (
                <span className="text-13 text-ink-3">
                  {batch.done >= batch.total ? 'All done' : 'Nothing left for you'}
                </span>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  )
}
