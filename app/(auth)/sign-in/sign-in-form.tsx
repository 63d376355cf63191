'use client'

import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { TextField } from '../../ui/field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { explained } from '../explained.ts'

/** Signs in, joins by the token, and goes on to `next`, a path of this site. */
export function SignInForm({ token, next }: { token?: string; next: string }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useAction(async () => {
    await explained(request('POST', '/api/auth/sign-in/email', { email, password }))
    if (token) await request('POST', '/api/workspace/join', { token })
    // A full load: nothing drawn for a stranger stays.
    window.location.assign(next)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void signIn.run()
  }
  return (
    <Form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Email"
        type="email"
        name="email"
        autoComplete="username"
        isRequired
        autoFocus
        value={email}
        onChange={setEmail}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="current-password"
        isRequired
        value={password}
        onChange={setPassword}
      />
      {signIn.failure && <ErrorNotice failure={signIn.failure} />}
      <Button kind="primary" type="submit" isPending={signIn.pending}>
        Sign in
      </Button>
    </Form>
  )
}
