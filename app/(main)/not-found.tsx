import { CircleDashed } from 'lucide-react'
import { LinkButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { PageHeader } from '../ui/page-header.tsx'

export default function NotFound() {
  return (
    <>
      <PageHeader title="Not found" />
      <EmptyState
        icon={<CircleDashed aria-hidden />}
        title="There is nothing here"
        action={<LinkButton href="/">Go home</LinkButton>}
      >
        The address may be mistyped, or what it led to was removed or belongs to another workspace.
      </EmptyState>
    </>
  )
}
