'use client'

import { LogIn } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { buttonClass, LinkButton } from '../../ui/button.tsx'
import { signInAddress } from '../../ui/return-path.ts'
import { useDesk } from './desk.ts'
import { Notice } from './notice.tsx'

/** The session ended, or is another's now: nothing is lost by signing in again. */
export function SignInAgain() {
  const { queue, batch } = useDesk()
  const { waiting } = queue
  const here = `${usePathname()}${batch ? `?batch=${encodeURIComponent(batch)}` : ''}`
  const kept = waiting === 1 ? 'Your last answer is' : `Your last ${waiting} answers are`
  // A link would take the page, and the answer with it.
  if (queue.storageFull)
    return (
      <Notice
        icon={<LogIn aria-hidden />}
        title="You are not signed in here any more, and your answer is not saved yet."
        hint="This browser has no room left to keep it, so keep this page open. Sign in with the same account in another tab, then come back here: your answer is sent by itself."
      >
        <a
          href={signInAddress(here)}
          target="_blank"
          rel="noreferrer"
          className={buttonClass(undefined, 'small')}
        >
          Sign in
        </a>
      </Notice>
    )
  return (
    <Notice
      icon={<LogIn aria-hidden />}
      title="You are not signed in here any more."
      hint={`${waiting > 0 ? `${kept} kept in this browser` : 'What you have begun is kept in this browser'} and sent when you are back. Sign in with the same account.`}
    >
      <LinkButton href={signInAddress(here)} size="small">
        Sign in
      </LinkButton>
    </Notice>
  )
}
