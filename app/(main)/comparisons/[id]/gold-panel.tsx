'use client'

import { Gavel, Undo2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../../ui/api.ts'
import { Badge } from '../../../ui/badge.tsx'
import { Button } from '../../../ui/button.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Section } from '../../../ui/section.tsx'
import { toast } from '../../../ui/toast.tsx'
import { useAction } from '../../../ui/use-action.ts'
import { type Answer, GoldDialog, type Offer } from './gold-dialog.tsx'
import { orderWords } from './order.ts'

export interface GoldAnswer {
  groups: string[][]
  allBad: boolean
  note: string | null
  by: { id: string; name: string } | null
  at: string
  overlap: number
}

/** The answer that annotators' rankings are held to, and the way there and back. */
export function GoldPanel({
  comparisonId,
  gold,
  letters,
  offers,
  decision,
}: {
  comparisonId: string
  gold: GoldAnswer | null
  letters: [id: string, letter: string][]
  offers: Offer[]
  /** The researcher's answer, where it can be gold as it is. */
  decision: Answer | null
}) {
  const router = useRouter()
  const [asking, setAsking] = useState(false)
  const names = new Map(letters)
  const unset = useAction(async () => {
    const { overlap } = await request<{ overlap: number }>('DELETE', `/api/comparisons/${comparisonId}/gold`)
    toast('It is an ordinary comparison again', `It wants ${overlap} ranking${overlap === 1 ? '' : 's'}.`)
    router.refresh()
  })
  const adopt = useAction(async ({ groups, allBad }: Answer) => {
    await request('POST', `/api/comparisons/${comparisonId}/gold`, { groups, allBad })
    toast('The decision is the gold answer now')
    router.refresh()
  })
  const failure = unset.failure ?? adopt.failure
  return (
    <Section
      title="Gold answer"
      actions={
        <>
          {gold && (
            <Button size="small" isPending={unset.pending} onPress={() => void unset.run()}>
              {!unset.pending && <Undo2 aria-hidden />}
              Make it ordinary again
            </Button>
          )}
          {!gold && decision && (
            <Button size="small" isPending={adopt.pending} onPress={() => void adopt.run(decision)}>
              {!adopt.pending && <Gavel aria-hidden />}
              Take the decision
            </Button>
          )}
          <Button size="small" onPress={() => setAsking(true)}>
            {gold ? 'Change' : 'Make it gold'}
          </Button>
        </>
      }
    >
      {gold ? (
        <div className="rounded-md border border-line bg-surface px-4 py-2">
          <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className="font-semibold">{orderWords(gold.groups, names)}</span>
            {gold.allBad && <Badge>none acceptable</Badge>}
            <span className="ml-auto flex gap-x-4 text-13 text-ink-3">
              <span>{gold.by?.name ?? 'somebody who left'}</span>
              <RelativeTime time={gold.at} className="text-ink-3" />
            </span>
          </p>
          {gold.note && <p className="mt-1 whitespace-pre-wrap text-13 text-ink-2">{gold.note}</p>}
        </div>
      ) : (
        <p className="max-w-2xl text-pretty text-ink-2">
          An item whose right answer is known shows how careful people are: it is mixed in among the others at
          the batch’s rate, and nobody can tell it from them.
        </p>
      )}
      {failure && (
        <div className="mt-3">
          <ErrorNotice failure={failure} />
        </div>
      )}
      {asking && (
        <GoldDialog
          comparisonId={comparisonId}
          letters={names}
          offers={offers}
          current={gold}
          onClose={() => setAsking(false)}
        />
      )}
    </Section>
  )
}
