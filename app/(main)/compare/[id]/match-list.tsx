'use client'

import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useMemo, useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Select } from '../../../ui/select.tsx'
import type { JudgeName, MatchItem } from '../types.ts'
import { MatchCard } from './match-card.tsx'
import { biggestLossesFirst, byPrompt } from './match-groups.ts'

const judgeWords: Record<JudgeName, string> = {
  RUBRIC: 'By the rubric',
  REWARD_MODEL: 'By the reward model',
  HUMAN: 'By people',
}
const outcomes = [
  { value: 'ALL', label: 'All outcomes' },
  { value: 'A', label: 'A won' },
  { value: 'B', label: 'B won' },
  { value: 'TIE', label: 'Ties' },
]
const pageSize = 20

/** The prompts with both answers side by side, B's biggest losses first; judge and outcome are in the address. */
export function MatchList({ matches }: { matches: MatchItem[] }) {
  const router = useRouter()
  const path = usePathname()
  const parameters = useSearchParams()
  const [shown, setShown] = useState(pageSize)
  const prompts = useMemo(() => byPrompt(matches), [matches])
  const judges = [...new Set(matches.map(({ judge }) => judge))].sort().reverse()
  const judge = judges.find((one) => one === parameters.get('judge')) ?? judges[0]!
  const outcome = outcomes.find(({ value }) => value === parameters.get('outcome'))?.value ?? 'ALL'
  const list = biggestLossesFirst(prompts, judge, outcome as 'ALL')
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(parameters)
    next.set(name, value)
    setShown(pageSize)
    router.replace(`${path}?${next}`, { scroll: false })
  }
  return (
    <section aria-labelledby="prompts-heading" className="mt-8">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h2 id="prompts-heading" className="text-16 font-semibold">
          Prompts, B’s biggest losses first
        </h2>
        <div className="flex gap-2">
          {judges.length > 1 && (
            <Select
              label="Judge"
              hideLabel
              value={judge}
              onChange={(value) => set('judge', value)}
              choices={judges.map((one) => ({ value: one, label: judgeWords[one] }))}
            />
          )}
          <Select
            label="Outcome"
            hideLabel
            value={outcome}
            onChange={(value) => set('outcome', value)}
            choices={outcomes}
          />
        </div>
      </div>
      {list.length === 0 && <p className="text-ink-2">No prompt had this outcome.</p>}
      <ul className="flex flex-col gap-3">
        {list.slice(0, shown).map((one) => (
          <li key={one.promptId}>
            <MatchCard match={one} judge={judge} />
          </li>
        ))}
      </ul>
      {list.length > shown && (
        <div className="mt-3 flex justify-center">
          <Button onPress={() => setShown(shown + pageSize)}>
            Show {Math.min(pageSize, list.length - shown)} more of {list.length - shown}
          </Button>
        </div>
      )}
    </section>
  )
}
