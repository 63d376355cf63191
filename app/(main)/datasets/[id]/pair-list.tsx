'use client'

import { Check, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { request } from '../../../ui/api.ts'
import { Badge } from '../../../ui/badge.tsx'
import { Button } from '../../../ui/button.tsx'
import type { ChatMessage } from '../../../ui/conversation.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { Link } from '../../../ui/link.tsx'
import { formatNumber } from '../../../ui/quantity.tsx'
import { useAction } from '../../../ui/use-action.ts'

export interface Pair {
  id: string
  comparisonId: string
  prompt: ChatMessage[]
  chosen: string
  rejected: string
  margin: number
  tie: boolean
  weight: number
  split: 'TRAIN' | 'EVAL'
  annotator: { id: string; name: string }
}

/** Pairs with both texts whole, the chosen at the left; more of them on request. */
export function PairList({
  dataset,
  first,
  next,
  total,
}: {
  dataset: string
  first: Pair[]
  next: string | null
  total: number
}) {
  const [pairs, setPairs] = useState(first)
  const [cursor, setCursor] = useState(next)
  const more = useAction(async () => {
    const path = `/api/datasets/${dataset}?cursor=${encodeURIComponent(cursor!)}`
    const page = await request<{ pairs: Pair[]; nextPair: string | null }>('GET', path)
    setPairs((now) => [...now, ...page.pairs])
    setCursor(page.nextPair)
  })
  return (
    <>
      <Pairs pairs={pairs} />
      {more.failure && <ErrorNotice failure={more.failure} retry={() => void more.run()} />}
      {cursor && !more.failure && (
        <div className="mt-3 flex items-center justify-center gap-3 text-13 text-ink-3">
          <span>
            {formatNumber(pairs.length)} of {formatNumber(total)}
          </span>
          <Button size="small" isPending={more.pending} onPress={() => void more.run()}>
            Load more
          </Button>
        </div>
      )}
    </>
  )
}

function Pairs({ pairs }: { pairs: Pair[] }) {
  return (
    <ul className="flex flex-col gap-3">
      {pairs.map((pair) => (
        <li key={pair.id} className="overflow-hidden rounded-md border border-line bg-surface">
          <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-b border-line bg-sunken px-4 py-2">
            <p className="min-w-0 flex-1 basis-64 whitespace-pre-wrap [overflow-wrap:anywhere]">
              {pair.prompt.map(({ content }) => content).join('\n\n')}
            </p>
            <span className="flex items-baseline gap-3 text-13 text-ink-3">
              {pair.split === 'EVAL' && <Badge>Held out</Badge>}
              {pair.margin !== 0 && <span>margin {formatNumber(pair.margin)}</span>}
              {pair.weight !== 1 && <span>weight {formatNumber(pair.weight)}</span>}
              <span>{pair.annotator.name}</span>
              <Link href={`/comparisons/${pair.comparisonId}`} className="text-ink-2!">
                Comparison
              </Link>
            </span>
          </div>
          <div className="grid sm:grid-cols-2">
            <Side
              word={pair.tie ? 'Tied' : 'Chosen'}
              text={pair.chosen}
              icon={!pair.tie && <Check aria-hidden />}
            />
            <div className="border-line border-t sm:border-t-0 sm:border-l">
              <Side
                word={pair.tie ? 'Tied' : 'Rejected'}
                text={pair.rejected}
                icon={!pair.tie && <X aria-hidden />}
                dim={!pair.tie}
              />
            </div>
          </div>
        </li>
      ))}
    </ul>
  )
}

function Side({ word, text, icon, dim }: { word: string; text: string; icon: ReactNode; dim?: boolean }) {
  return (
    <div className="px-4 py-3">
      <p className="mb-1 flex items-center gap-1 text-13 text-ink-3">
        {icon}
        {word}
      </p>
      <p className={`whitespace-pre-wrap [overflow-wrap:anywhere] ${dim ? 'text-ink-2' : ''}`}>{text}</p>
    </div>
  )
}
