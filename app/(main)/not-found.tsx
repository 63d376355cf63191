import { CircleDashed } from 'lucide-react'
import { LinkButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'

export default function NotFound() {
  return (
    <EmptyState
      icon={<CircleDashed aria-hidden />}
      title="There is nothing here"
      action={<LinkButton href="/">Go home</LinkButton>}
    >
      The address may be mistyped, or what it led to was removed or belongs to another workspace.
    </EmptyState>
  )
}
