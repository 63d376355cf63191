import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { listInvitations } from '#lib/members/list-invitations.ts'
import { listMembers } from '#lib/members/list-members.ts'
import { requireActor } from '../../ui/actor.ts'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Section } from '../../ui/section.tsx'
import { InvitationList } from './invitation-list.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberTable } from './member-table.tsx'

export const metadata: Metadata = { title: 'Members' }

export default async function Members() {
  const actor = await requireActor()
  if (actor.role !== 'ADMIN') redirect('/')
  const { data: members, failure } = await load(() => listMembers(actor))
  const invitations = await load(() => listInvitations(actor))
  return (
    <>
      <PageHeader
        title="Members"
        lead="Annotators rank; researchers also train and compare; administrators also decide who is here."
        actions={<InviteDialog />}
      />
      {failure ? (
        <ErrorNotice failure={failure} reload />
      ) : (
        <MemberTable members={members.items} self={actor.userId} />
      )}
      {invitations.failure && <ErrorNotice failure={invitations.failure} reload />}
      {invitations.data && invitations.data.items.length > 0 && (
        <Section title="Open invitations">
          <InvitationList invitations={invitations.data.items} />
        </Section>
      )}
    </>
  )
}
