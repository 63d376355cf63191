'use client'

import { Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { failureFrom, request } from '../../ui/api.ts'
import { Badge } from '../../ui/badge.tsx'
import { IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { roleChoices } from '../../ui/roles.ts'
import { Select } from '../../ui/select.tsx'
import { Cell, Column, Row, Table, TableBody, TableHeader } from '../../ui/table.tsx'
import { toast, toastFailure } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'

export interface MemberItem {
  id: string
  userId: string
  name: string
  email: string
  role: string
  createdAt: Date | string
}

const middle = 'hidden lg:table-cell'

export function MemberTable({ members, self }: { members: MemberItem[]; self: string }) {
  const router = useRouter()
  const [leaving, setLeaving] = useState<MemberItem | null>(null)

  const changeRole = async (member: MemberItem, role: string) => {
    if (role === member.role) return
    try {
      await request('PATCH', `/api/members/${member.id}`, { role })
      toast(`${member.name} has another role now`)
    } catch (error) {
      toastFailure(failureFrom(error))
    }
    router.refresh()
  }
  const remove = useAction(async () => {
    await request('DELETE', `/api/members/${leaving!.id}`)
    toast(`${leaving!.name} was removed`)
    setLeaving(null)
    router.refresh()
  })

  return (
    <>
      <Table aria-label="Members">
        <TableHeader>
          <Column isRowHeader>Name</Column>
          <Column className={middle}>Email</Column>
          <Column>Role</Column>
          <Column align="end" className={middle}>
            Joined
          </Column>
          <Column>
            <span className="sr-only">Actions</span>
          </Column>
        </TableHeader>
        <TableBody>
          {members.map((member) => (
            <Row key={member.id} id={member.id} textValue={member.name}>
              <Cell className="w-full min-w-28 max-w-0 lg:w-1/2">
                <span className="flex flex-wrap items-center gap-x-2">
                  <span className="truncate">{member.name}</span>
                  {member.userId === self && <Badge>you</Badge>}
                </span>
                <span className="block truncate text-13 text-ink-3 lg:hidden">{member.email}</span>
              </Cell>
              <Cell className={`${middle} max-w-72 truncate text-ink-2`}>{member.email}</Cell>
              <Cell className="min-w-40">
                <Select
                  label={`Role of ${member.name}`}
                  hideLabel
                  isDisabled={member.userId === self}
                  value={member.role}
                  onChange={(role) => void changeRole(member, role)}
                  choices={roleChoices}
                />
              </Cell>
              <Cell align="end" className={middle}>
                <RelativeTime time={member.createdAt} />
              </Cell>
              <Cell align="end" className="w-12">
                {member.userId !== self && (
                  <IconButton label={`Remove ${member.name}`} onPress={() => setLeaving(member)}>
                    <Trash2 aria-hidden />
                  </IconButton>
                )}
              </Cell>
            </Row>
          ))}
        </TableBody>
      </Table>
      <ConfirmDialog
        title={`Remove ${leaving?.name ?? 'the member'}?`}
        confirm="Remove"
        isOpen={leaving !== null}
        onOpenChange={() => {
          remove.clear()
          setLeaving(null)
        }}
        pending={remove.pending}
        onConfirm={() => void remove.run()}
      >
        <p className="text-ink-2">
          {leaving?.email} loses access at once. The rankings they gave stay, under their name.
        </p>
        {remove.failure && (
          <div className="mt-3">
            <ErrorNotice failure={remove.failure} />
          </div>
        )}
      </ConfirmDialog>
    </>
  )
}
