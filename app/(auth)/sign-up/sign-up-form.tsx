'use client'

import { type FormEvent, useRef, useState } from 'react'
import { Form } from 'react-aria-components'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { TextField } from '../../ui/field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { explained } from '../explained.ts'

/** Makes the account, then joins: the first one makes the workspace, others go by the token. */
export function SignUpForm({ token, email: invited }: { token?: string; email?: string }) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState(invited ?? '')
  const [password, setPassword] = useState('')
  const hasAccount = useRef(false)
  const signUp = useAction(async () => {
    // When only the joining failed, a second try must not ask for the account again.
    if (!hasAccount.current)
      await explained(request('POST', '/api/auth/sign-up/email', { name, email, password }))
    hasAccount.current = true
    await request('POST', '/api/workspace/join', { token })
    window.location.assign('/')
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void signUp.run()
  }
  return (
    <Form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        isRequired
        autoFocus
        value={name}
        onChange={setName}
      />
      <TextField
        label="Email"
        type="email"
        name="email"
        autoComplete="username"
        isRequired
        isReadOnly={invited !== undefined}
        description={invited && 'The invitation is for this address.'}
        value={email}
        onChange={setEmail}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="new-password"
        isRequired
        minLength={10}
        description="At least ten characters."
        value={password}
        onChange={setPassword}
      />
      {signUp.failure && <ErrorNotice failure={signUp.failure} />}
      <Button kind="primary" type="submit" isPending={signUp.pending}>
        {token ? 'Sign up and join' : 'Make the account'}
      </Button>
    </Form>
  )
}
