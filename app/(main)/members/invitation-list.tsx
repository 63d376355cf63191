'use client'

import { useRouter } from 'next/navigation'
import { failureFrom, request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { roleWords } from '../../ui/roles.ts'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { toast, toastFailure } from '../../ui/toast.tsx'

export interface InvitationItem {
  id: string
  role: string
  email: string | null
  usesLeft: number
  expiresAt: Date | string
}

export function InvitationList({ invitations }: { invitations: InvitationItem[] }) {
  const router = useRouter()
  const revoke = async (id: string) => {
    try {
      await request('DELETE', `/api/invitations/${id}`)
      toast('The invitation is revoked', 'Its link lets nobody in any more.')
    } catch (error) {
      toastFailure(failureFrom(error))
    }
    router.refresh()
  }
  return (
    <Table aria-label="Open invitations">
      <TableHeader>
        <Column isRowHeader>For</Column>
        <Column>Role</Column>
        <Column align="end">Uses left</Column>
        <Column align="end">Ends</Column>
        <Column>
          <span className="sr-only">Actions</span>
        </Column>
      </TableHeader>
      <TableBody>
        {invitations.map((invitation) => (
          <Row key={invitation.id} id={invitation.id}>
            <Cell className="w-1/2">{invitation.email ?? 'Whoever has the link'}</Cell>
            <Cell className="text-ink-2">{roleWords[invitation.role] ?? invitation.role}</Cell>
            <Cell align="end">{invitation.usesLeft}</Cell>
            <Cell align="end">
              <RelativeTime time={invitation.expiresAt} />
            </Cell>
            <Cell align="end">
              <Button size="small" onPress={() => void revoke(invitation.id)}>
                Revoke
              </Button>
            </Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  )
}
