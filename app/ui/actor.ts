import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { type Actor, actorOf, type Identity, identityFromHeaders } from '#lib/auth/actor.ts'
import { signInAddress } from './return-path.ts'

/** Who is signed in, member or not; read once per request. */
export const currentIdentity = cache(
  async (): Promise<Identity | null> => identityFromHeaders(await headers()),
)

/** The signed-in member, or null; read once per request. */
export const currentActor = cache(async (): Promise<Actor | null> => {
  const identity = await currentIdentity()
  return identity && actorOf(identity)
})

/**
 * The signed-in member. Sends strangers to sign in, people of no workspace to the page that explains, and
 * annotators to the queue unless `annotators` is allowed. `path` is where signing in leads back to.
 */
export async function requireActor(options: { annotators?: boolean; path?: string } = {}): Promise<Actor> {
  const actor = await currentActor()
  if (!actor) redirect((await currentIdentity()) ? '/no-workspace' : signInAddress(options.path))
  if (actor.role === 'ANNOTATOR' && !options.annotators) redirect('/rank')
  return actor
}
