import { createHash } from 'node:crypto'

/** SHA-256 in hexadecimal. The token is 24 random bytes, so it needs no salt. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** The part of a WHERE that an invitation must meet to be accepted. */
export function acceptable(now = new Date()) {
  return { usesLeft: { gt: 0 }, revokedAt: null, expiresAt: { gt: now } }
}
