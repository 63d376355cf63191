/** Milliseconds for which a session that was found stands without being looked up again. */
const lifetime = 10_000
const most = 10_000

/** Somebody signed in, member of a workspace or not. */
export interface Identity {
  userId: string
  name: string
  email: string
}

interface Known {
  identity: Identity
  until: number
}

// On globalThis because Next may load this file once for each of its bundles.
const kept = globalThis as { whetstoneSessions?: Map<string, Known> }
kept.whetstoneSessions ??= new Map()
const sessions = kept.whetstoneSessions

/**
 * The identity behind a cookie header, found by `look` and remembered for ten seconds, since somebody who ranks sends a
 * request every few seconds. Signing out through this process forgets at once; only a session that another process ends
 * lives on for these seconds. What somebody may do is read from the database every time.
 */
export async function knownSession(
  cookie: string,
  look: () => Promise<Identity | null>,
): Promise<Identity | null> {
  const known = sessions.get(cookie)
  if (known && known.until > Date.now()) return known.identity
  const identity = await look()
  if (!identity) return null
  if (sessions.size >= most) sessions.clear()
  sessions.set(cookie, { identity, until: Date.now() + lifetime })
  return identity
}

export function forgetSessions(): void {
  sessions.clear()
}
