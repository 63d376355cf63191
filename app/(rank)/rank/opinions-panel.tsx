'use client'

import { Flag, Quote, Users } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import type { Assignment, Opinion } from './assignment.ts'
import { keyName } from './bindings.ts'
import { KeyHint } from './key-hint.tsx'
import { letter, strengths } from './ranking-state.ts'

/** What the annotators said, hidden until it is asked for, so that the first judgement is the researcher's own. */
export function OpinionsPanel({ assignment }: { assignment: Assignment }) {
  const { opinions = [] } = assignment
  const [shownOf, setShownOf] = useState<string | null>(null)
  const isOpen = shownOf === assignment.id
  const toggle = () => setShownOf(isOpen ? null : assignment.id)
  useKeyV(toggle)
  const letters = new Map(assignment.completions.map(({ id }, card) => [id, letter(card)]))
  return (
    <section aria-label="What the annotators said" className="border-t border-line bg-sunken">
      <Button
        kind="quiet"
        preventFocusOnPress
        aria-expanded={isOpen}
        className="w-full justify-start! rounded-none px-3! pointer-coarse:h-11 sm:px-4!"
        onPress={toggle}
      >
        <Users aria-hidden />
        {isOpen ? 'Hide what' : 'Show what'} {opinions.length} annotator{opinions.length === 1 ? '' : 's'}{' '}
        said
        <KeyHint>V</KeyHint>
      </Button>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <ul tabIndex={0} className="max-h-[30dvh] overflow-y-auto px-3 pb-2 -outline-offset-2 sm:px-4">
          {opinions.map((opinion, index) => (
            <OpinionLine key={index} opinion={opinion} letters={letters} />
          ))}
        </ul>
      )}
    </section>
  )
}

function OpinionLine({ opinion, letters }: { opinion: Opinion; letters: Map<string, string> }) {
  const name = (id: string) => letters.get(id) ?? '?'
  const ranked = new Set(opinion.groups.flat())
  const left = [...letters].filter(([id]) => !ranked.has(id)).map(([, one]) => one)
  // On screen from A on, whatever the order in which ties were stored.
  const order = opinion.groups.map((group) => group.map(name).sort().join(' = ')).join(' › ')
  return (
    <li className="border-t border-line py-1.5 first:border-t-0">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-semibold">{order || 'No order'}</span>
        {left.length > 0 && order && <span className="text-13 text-ink-3">{left.join(', ')} unranked</span>}
        {opinion.strength && <Badge>{strengths[opinion.strength - 1]}</Badge>}
        {opinion.allBad && <Badge>none acceptable</Badge>}
        {opinion.flags.map(({ target, flag }) => (
          <Badge key={`${target} ${flag}`}>
            <Flag aria-hidden />
            {letters.get(target) ?? 'prompt'}: {flag}
          </Badge>
        ))}
      </p>
      {opinion.comment && (
        <p className="mt-1 flex gap-2 text-13 text-ink-2">
          <Quote aria-hidden className="mt-1 size-3! shrink-0" />
          <span className="whitespace-pre-wrap [overflow-wrap:anywhere]">{opinion.comment}</span>
        </p>
      )}
    </li>
  )
}

/** Dead while typing, in dialogs, and as long as the key is held. */
function useKeyV(act: () => void) {
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const busy = (event.target as Element).closest('input, textarea, [contenteditable]')
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || busy) return
      if (keyName(event) !== 'v' || document.querySelector('[role=dialog], [role=menu]')) return
      event.preventDefault()
      latest.current()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}
