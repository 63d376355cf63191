import type { Metadata } from 'next'
import { arrival } from '#lib/workspace/arrival.ts'
import { currentIdentity } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { FullPage } from '../../ui/full-page.tsx'
import { Link } from '../../ui/link.tsx'
import type { ListPageProps } from '../../ui/query.ts'
import { roleWords } from '../../ui/roles.ts'
import { JoinButton } from './join-button.tsx'
import { SignUpForm } from './sign-up-form.tsx'

export const metadata: Metadata = { title: 'Sign up' }

export default async function SignUp({ searchParams }: ListPageProps) {
  const { invitation: raw } = await searchParams
  const token = typeof raw === 'string' ? raw : undefined
  const { firstAccount, invitation } = await arrival(token)
  const identity = await currentIdentity()

  if (firstAccount)
    return (
      <FullPage
        title="Make the first account"
        lead="It becomes the administrator: it owns the workspace and invites everyone else."
      >
        {identity ? <JoinButton email={identity.email} /> : <SignUpForm />}
        {!identity && (
          <p className="mt-6 text-13 text-ink-2">
            Have an account? <Link href="/sign-in?account=yes">Sign in</Link>
          </p>
        )}
      </FullPage>
    )
  if (!invitation)
    return (
      <FullPage
        title={token ? 'This invitation does not work' : 'Whetstone is by invitation'}
        lead={
          token
            ? 'It has expired, was revoked, or has been used. Ask the person who sent it for another.'
            : 'An administrator of the workspace can send you a link. Open it to make your account.'
        }
      >
        <LinkButton href="/sign-in">Sign in</LinkButton>
      </FullPage>
    )

  const role = (roleWords[invitation.role] ?? invitation.role).toLowerCase()
  const lead = `You are invited as ${role === 'researcher' ? 'a' : 'an'} ${role}.`
  if (identity)
    return (
      <FullPage title={`Join ${invitation.workspace}`} lead={lead}>
        <JoinButton token={token!} email={identity.email} />
      </FullPage>
    )
  return (
    <FullPage title={`Join ${invitation.workspace}`} lead={lead}>
      <SignUpForm token={token} email={invitation.email ?? undefined} />
      <p className="mt-6 text-13 text-ink-2">
        Have an account?{' '}
        <Link href={`/sign-in?invitation=${encodeURIComponent(token!)}`}>Sign in to join</Link>
      </p>
    </FullPage>
  )
}
