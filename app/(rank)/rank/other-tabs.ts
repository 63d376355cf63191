const announceEvery = 30_000
/** Timers of hidden tabs run once a minute at most. */
const goneAfter = 150_000

/**
 * Lets the tabs in which an annotator ranks know of one another: they hold the same items, so only the last one may give
 * them back. `others()` is answered at once, as leaving a page demands.
 */
export function announceTab(storage: Storage, userId: string): { others: () => boolean; end: () => void } {
  const prefix = `whetstone.tab.${userId}.`
  const own = `${prefix}${Math.random().toString(36).slice(2)}`
  const tabs = () => {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index))
    return keys.filter((key) => key?.startsWith(prefix)) as string[]
  }
  // A time to come is from before the clock was set back.
  const isLive = (key: string) => Math.abs(Date.now() - Number(storage.getItem(key))) < goneAfter
  // With storage full the tab stays unknown: another one may then give back what this one shows.
  const announce = () => {
    try {
      storage.setItem(own, String(Date.now()))
    } catch {}
  }
  for (const key of tabs()) if (!isLive(key)) storage.removeItem(key)
  announce()
  const timer = setInterval(announce, announceEvery)
  return {
    others: () => tabs().some((key) => key !== own && isLive(key)),
    end() {
      clearInterval(timer)
      storage.removeItem(own)
    },
  }
}
