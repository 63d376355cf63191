import { Gavel, SearchX } from 'lucide-react'
import { type ReactNode, Suspense } from 'react'
import { parseInput } from '#app/api/handle.ts'
import { listAdjudications, listAdjudicationsInput } from '#lib/adjudication/list-adjudications.ts'
import { listSuspects, listSuspectsInput } from '#lib/suspects/list-suspects.ts'
import type { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { load } from '../../ui/load.ts'
import { formatNumber } from '../../ui/quantity.tsx'
import { listPath } from '../../ui/query.ts'

type Actor = Awaited<ReturnType<typeof requireActor>>

/** What waits for a researcher: disagreements to decide and rankings to look at again. The counts come after the page. */
export function OpenWork({ actor, batch }: { actor: Actor; batch?: string }) {
  const disagreements = async () =>
    (await listAdjudications(actor, parseInput(listAdjudicationsInput, { batch, limit: '1' }))).total
  const suspects = async () => {
    const { total, reward, ranked, unscored } = await listSuspects(
      actor,
      parseInput(listSuspectsInput, { batch, limit: '1' }),
    )
    return reward && unscored < ranked ? total : null
  }
  return (
    <nav aria-label="To decide" className="mb-4 flex flex-wrap gap-2">
      <LinkButton href={listPath('/adjudication', { batch })}>
        <Gavel aria-hidden />
        Adjudication
        <Waiting word="open" count={disagreements} />
      </LinkButton>
      <LinkButton href={listPath('/suspects', { batch })}>
        <SearchX aria-hidden />
        Suspects
        <Waiting word="found" count={suspects} />
      </LinkButton>
    </nav>
  )
}

function Waiting({
  word,
  count,
}: {
  word: string
  /** Null where nothing can be said. */
  count: () => Promise<number | null>
}): ReactNode {
  return (
    <span className="min-w-12 text-left text-13 text-ink-3 tabular-nums">
      <Suspense>
        <Count word={word} count={count} />
      </Suspense>
    </span>
  )
}

async function Count({ word, count }: Parameters<typeof Waiting>[0]) {
  const { data } = await load(count)
  if (typeof data !== 'number') return null
  return data === 0 ? 'none' : `${formatNumber(data)} ${word}`
}
