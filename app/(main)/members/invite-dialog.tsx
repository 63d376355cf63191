'use client'

import { Check, Copy, UserPlus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { NumberField, TextField } from '../../ui/field.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { roleChoices } from '../../ui/roles.ts'
import { Select } from '../../ui/select.tsx'
import { useAction } from '../../ui/use-action.ts'

interface Invitation {
  id: string
  token: string
  expiresAt: string
}

/** Makes a link that lets people in with a role. Its secret is shown here only. */
export function InviteDialog() {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [role, setRole] = useState('ANNOTATOR')
  const [email, setEmail] = useState('')
  const [uses, setUses] = useState(1)
  const [made, setMade] = useState<{ url: string; expiresAt: string } | null>(null)
  const [copied, setCopied] = useState(false)

  const create = useAction(async () => {
    const invitation = await request<Invitation>('POST', '/api/invitations', {
      role,
      uses,
      ...(email.trim() && { email: email.trim() }),
    })
    // The address this page was reached by is the one that works for the people invited.
    const url = `${window.location.origin}/sign-up?invitation=${encodeURIComponent(invitation.token)}`
    setMade({ url, expiresAt: invitation.expiresAt })
    router.refresh()
  })
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(made!.url)
    setCopied(true)
  })
  const change = (open: boolean) => {
    setOpen(open)
    if (open) return
    setMade(null)
    setCopied(false)
    setEmail('')
    create.clear()
  }

  return (
    <>
      <Button kind="primary" onPress={() => setOpen(true)}>
        <UserPlus aria-hidden />
        Invite
      </Button>
      <Dialog
        title={made ? 'The invitation link' : 'Invite'}
        lead={made ? 'Send it as you like. It is shown only now.' : 'Makes a link; Whetstone sends no mail.'}
        isOpen={isOpen}
        onOpenChange={change}
        actions={
          made ? (
            <Button kind="primary" onPress={() => change(false)}>
              Done
            </Button>
          ) : (
            <>
              <Button onPress={() => change(false)}>Cancel</Button>
              <Button kind="primary" isPending={create.pending} onPress={() => void create.run()}>
                Make the link
              </Button>
            </>
          )
        }
      >
        {made ? (
          <div className="flex flex-col gap-3">
            <div className="flex items-end gap-2">
              <TextField
                label="Link"
                className="min-w-0 flex-1"
                monospace
                isReadOnly
                value={made.url}
                onFocus={(event) => (event.target as HTMLInputElement).select()}
              />
              <Button onPress={() => void copy.run()}>
                {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
                {copied ? 'Copied' : 'Copy'}
              </Button>
            </div>
            <p className="text-13 text-ink-3">
              It works for {uses === 1 ? 'one person' : `${uses} people`} and ends{' '}
              <RelativeTime time={made.expiresAt} className="" />.
            </p>
            {copy.failure && (
              <ErrorNotice
                failure={{
                  code: 'CLIPBOARD',
                  message: 'The browser did not let the link be copied.',
                  hint: 'Select it and copy it by hand.',
                }}
              />
            )}
          </div>
        ) : (
          <div className="grid gap-4 sm:grid-cols-2">
            <Select label="Role" value={role} onChange={setRole} choices={roleChoices} />
            <NumberField
              label="Uses"
              unit="people"
              minValue={1}
              maxValue={1000}
              value={uses}
              onChange={setUses}
            />
            <TextField
              label="Only for this email"
              type="email"
              className="sm:col-span-2"
              description="Empty: whoever has the link."
              value={email}
              onChange={setEmail}
            />
            {create.failure && (
              <div className="sm:col-span-2">
                <ErrorNotice failure={create.failure} />
              </div>
            )}
          </div>
        )}
      </Dialog>
    </>
  )
}
