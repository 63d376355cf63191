import type { Assignment, Progress } from './assignment.ts'

/** What a claim answers: the held items, the first of them to be ranked now. */
export interface Claimed {
  assignment: Assignment | null
  upcoming?: Assignment[]
  progress?: Progress | null
}

/** Where the annotator stands: the item on screen and those behind it. */
export interface Held {
  current: Assignment | null
  upcoming: readonly Assignment[]
  /** Counts the items shown: a change means another item, or the same one reopened. */
  shown: number
}

export const nothingHeld: Held = { current: null, upcoming: [], shown: 0 }

/**
 * The server's list of what is held takes the place of ours. The item on screen stays, and what is answered
 * but not delivered yet, which the server still counts as held, does not come again.
 */
export function withClaimed(held: Held, claimed: Claimed, isAnswered: (id: string) => boolean): Held {
  const items = itemsOf(claimed).filter(({ id }) => !isAnswered(id) && id !== held.current?.id)
  const topped = { ...held, upcoming: items }
  return held.current ? topped : onward(topped)
}

/** The next item comes on screen; the current one is done with. */
export function onward({ upcoming, shown }: Held): Held {
  const [current = null, ...rest] = upcoming
  return { current, upcoming: rest, shown: current ? shown + 1 : shown }
}

/** An answered item is back on screen, before everything else. */
export function withReopened({ shown }: Held, claimed: Claimed): Held {
  return { current: claimed.assignment, upcoming: claimed.upcoming ?? [], shown: shown + 1 }
}

/** Items that are not ours any more, or are answered elsewhere, leave the list; the one on screen gives way. */
export function without(held: Held, isGone: (id: string) => boolean): Held {
  const upcoming = held.upcoming.filter(({ id }) => !isGone(id))
  if (held.current && isGone(held.current.id)) return onward({ ...held, upcoming })
  return upcoming.length === held.upcoming.length ? held : { ...held, upcoming }
}

function itemsOf({ assignment, upcoming = [] }: Claimed): Assignment[] {
  return assignment ? [assignment, ...upcoming] : upcoming
}
