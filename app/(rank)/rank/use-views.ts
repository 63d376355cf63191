'use client'

import { useSyncExternalStore } from 'react'
import { useRemembered } from './use-remembered.ts'

/** Narrower than this, cards side by side become a carousel. */
const narrow = media('(max-width: 47.99rem)')
/** Narrower than this, the guidelines lie over the item instead of beside it; Tailwind's `max-lg`. */
const covered = media('(width < 64rem)')

/** How the annotator likes to see comparisons; kept in this browser. */
export function useViews() {
  const [layout, setLayout] = useRemembered<'side' | 'stack'>('rank.layout', 'side')
  const [marking, setMarking] = useRemembered<'on' | 'off'>('rank.differences', 'on')
  const [guide, setGuide] = useRemembered<'open' | 'closed'>('rank.guidelines', 'closed')
  const [text, setText] = useRemembered<'rendered' | 'raw'>('rank.text', 'rendered')
  const isNarrow = useMedia(narrow)
  const isCovered = useMedia(covered)
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
    /** Nothing of the item is to be seen. */
    guidelinesCover: guide === 'open' && isCovered,
    toggleGuidelines: () => setGuide(guide === 'open' ? 'closed' : 'open'),
  }
}

function useMedia({ subscribe, matches }: ReturnType<typeof media>): boolean {
  return useSyncExternalStore(subscribe, matches, () => false)
}

function media(condition: string) {
  return {
    matches: () => matchMedia(condition).matches,
    subscribe(notify: () => void) {
      const query = matchMedia(condition)
      query.addEventListener('change', notify)
      return () => query.removeEventListener('change', notify)
    },
  }
}
