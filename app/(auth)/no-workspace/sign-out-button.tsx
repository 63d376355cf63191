'use client'

import { signOutOrSay } from '../../ui/account-menu.tsx'
import { Button } from '../../ui/button.tsx'

export function SignOutButton() {
  return <Button onPress={signOutOrSay}>Sign out</Button>
}
