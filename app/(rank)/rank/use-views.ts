'use client'

import { useSyncExternalStore } from 'react'
import { useRemembered } from './use-remembered.ts'

/** Narrower than this, cards side by side become a carousel. */
const narrow = '(max-width: 47.99rem)'

/** How the annotator likes to see comparisons; kept in this browser. */
export function useViews() {
  const [layout, setLayout] = useRemembered<'side' | 'stack'>('rank.layout', 'side')
  const [marking, setMarking] = useRemembered<'on' | 'off'>('rank.differences', 'on')
  const [guide, setGuide] = useRemembered<'open' | 'closed'>('rank.guidelines', 'closed')
  const [text, setText] = useRemembered<'rendered' | 'raw'>('rank.text', 'rendered')
  const isNarrow = useSyncExternalStore(
    subscribe,
    () => matchMedia(narrow).matches,
    () => false,
  )
  return {
    layout,
    toggleLayout: () => setLayout(layout === 'side' ? 'stack' : 'side'),
    /** One card a screen, swiped through. */
    carousel: isNarrow && layout === 'side',
    marking: marking === 'on',
    toggleMarking: () => setMarking(marking === 'on' ? 'off' : 'on'),
    raw: text === 'raw',
    toggleRaw: () => setText(text === 'raw' ? 'rendered' : 'raw'),
    guidelinesOpen: guide === 'open',
    toggleGuidelines: () => setGuide(guide === 'open' ? 'closed' : 'open'),
  }
}

function subscribe(notify: () => void) {
  const query = matchMedia(narrow)
  query.addEventListener('change', notify)
  return () => query.removeEventListener('change', notify)
}
