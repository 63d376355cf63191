import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { arrival } from '#lib/workspace/arrival.ts'
import { currentActor, currentIdentity } from '../../ui/actor.ts'
import { FullPage } from '../../ui/full-page.tsx'
import { SignOutButton } from './sign-out-button.tsx'

export const metadata: Metadata = { title: 'No workspace' }

export default async function NoWorkspace() {
  const identity = await currentIdentity()
  if (!identity) redirect('/sign-in')
  if (await currentActor()) redirect('/')
  if ((await arrival(undefined)).firstAccount) redirect('/sign-up')
  return (
    <FullPage
      title="You are in no workspace yet"
      lead={`${identity.email} is signed in but belongs to no workspace. Ask an administrator for an invitation link and open it in this browser.`}
    >
      <SignOutButton />
    </FullPage>
  )
}
