'use client'

import { LogIn } from 'lucide-react'
import { LinkButton } from '../../ui/button.tsx'
import { useDesk } from './desk.ts'
import { Notice } from './notice.tsx'

/** The session ended, or is another's now: nothing is lost by signing in again. */
export function SignInAgain() {
  const { waiting } = useDesk().queue
  const kept = waiting === 1 ? 'Your last answer is' : `Your last ${waiting} answers are`
  return (
    <Notice
      icon={<LogIn aria-hidden />}
      title="You are not signed in here any more."
      hint={`${waiting > 0 ? `${kept} kept in this browser` : 'What you have begun is kept in this browser'} and sent when you are back. Sign in with the same account.`}
    >
      <LinkButton href="/sign-in" size="small">
        Sign in
      </LinkButton>
    </Notice>
  )
}
