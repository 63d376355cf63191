/** Something somebody did, and how long they had it before them. */
export interface TimedAct {
  /** When it was done, in ms. */
  at: number
  /** As the page measured it, in ms. */
  spent: number
}

/** A pause this long ends a stretch of work. In ms. */
const pause = 5 * 60_000

/**
 * How long one person worked for each of their acts, oldest first, in ms: the time since the act before, unless that is a pause (5 minutes or
 * more); or the time the page measured, if that is longer, as of the first after a pause and of answers that were given offline and
 * arrive together. Never more than 5 minutes.
 */
export function activeTimes(acts: readonly TimedAct[]): number[] {
  return acts.map(({ at, spent }, index) => {
    const gap = index === 0 ? pause : at - acts[index - 1]!.at
    return Math.min(pause, Math.max(gap < pause ? gap : 0, spent))
  })
}
