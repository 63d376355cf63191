import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { arrival } from '#lib/workspace/arrival.ts'
import { currentActor } from '../../ui/actor.ts'
import { FullPage } from '../../ui/full-page.tsx'
import { Link } from '../../ui/link.tsx'
import type { ListPageProps } from '../../ui/query.ts'
import { returnPath } from '../../ui/return-path.ts'
import { SignInForm } from './sign-in-form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignIn({ searchParams }: ListPageProps) {
  const { invitation, account, next } = await searchParams
  const token = typeof invitation === 'string' ? invitation : undefined
  if (!token && (await currentActor())) redirect(returnPath(next))
  // A new installation starts with its first account, unless that was made and only the workspace is missing.
  if (!account && (await arrival(undefined)).firstAccount) redirect('/sign-up')
  return (
    <FullPage title="Sign in">
      <SignInForm token={token} next={returnPath(next)} />
      <p className="mt-6 text-13 text-ink-2">
        {token ? (
          <>
            No account yet?{' '}
            <Link href={`/sign-up?invitation=${encodeURIComponent(token)}`}>Sign up by the invitation</Link>
          </>
        ) : (
          'New here? An administrator of the workspace can send you an invitation link.'
        )}
      </p>
    </FullPage>
  )
}
