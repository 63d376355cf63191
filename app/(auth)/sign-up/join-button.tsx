'use client'

import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { useAction } from '../../ui/use-action.ts'

/** For somebody signed in already: joins by the invitation, or makes the workspace when there is none yet. */
export function JoinButton({ token, email }: { token?: string; email: string }) {
  const join = useAction(async () => {
    await request('POST', '/api/workspace/join', { token })
    window.location.assign('/')
  })
  return (
    <div className="flex flex-col gap-4">
      {join.failure && <ErrorNotice failure={join.failure} />}
      <Button kind="primary" isPending={join.pending} onPress={() => void join.run()}>
        {token ? 'Join' : 'Make the workspace'} as {email}
      </Button>
    </div>
  )
}
