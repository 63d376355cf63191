import { LinkButton } from './ui/button.tsx'
import { FullPage } from './ui/full-page.tsx'

export const metadata = { title: 'Not found' }

export default function NotFound() {
  return (
    <FullPage
      title="There is nothing here"
      lead="The address may be mistyped, or what it led to was removed or belongs to another workspace."
    >
      <LinkButton href="/">Go home</LinkButton>
    </FullPage>
  )
}
