import { MessageSquareDashed } from 'lucide-react'
import type { Metadata } from 'next'
import { showPrompt } from '#lib/prompts/show-prompt.ts'
import { requireActor } from '../../../ui/actor.ts'
import { Badge } from '../../../ui/badge.tsx'
import { LinkButton } from '../../../ui/button.tsx'
import { Conversation } from '../../../ui/conversation.tsx'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { load } from '../../../ui/load.ts'
import { PageFailure } from '../../../ui/page-failure.tsx'
import { PageHeader } from '../../../ui/page-header.tsx'
import { Quantity } from '../../../ui/quantity.tsx'
import type { DetailPageProps } from '../../../ui/query.ts'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Section } from '../../../ui/section.tsx'
import { OriginChip } from '../../../ui/version-chip.tsx'

export const metadata: Metadata = { title: 'Prompt' }

export default async function Prompt({ params }: DetailPageProps) {
  const actor = await requireActor()
  const { id } = await params
  const { data: prompt, failure } = await load(() => showPrompt(actor, { id }))
  if (failure) return <PageFailure failure={failure} />
  const completions = prompt.completions
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Prompts', href: '/prompts' }]}
        title="Prompt"
        facts={
          <span className="flex flex-wrap items-center gap-2">
            <Badge>{prompt.split === 'EVAL' ? 'Held out' : 'Train'}</Badge>
            {prompt.tags.map((tag) => (
              <Badge key={tag}>{tag}</Badge>
            ))}
            <span className="text-ink-2">
              added <RelativeTime time={prompt.createdAt} />
            </span>
          </span>
        }
      />
      <div className="rounded-md border border-line bg-surface p-4">
        <Conversation messages={prompt.messages} />
      </div>
      <Section title={`Completions (${completions.length})`}>
        {completions.length === 0 ? (
          <EmptyState
            icon={<MessageSquareDashed aria-hidden />}
            title="No completions yet"
            action={<LinkButton href="/prompts">Go to all prompts</LinkButton>}
          >
            A comparison needs at least two answers to this prompt. Generate some with a version of the
            policy, or import them with the prompt.
          </EmptyState>
        ) : (
          <ul className="flex flex-col gap-3">
            {completions.map((completion) => (
              <li key={completion.id} className="rounded-md border border-line bg-surface">
                <p className="whitespace-pre-wrap p-4 text-16 [overflow-wrap:anywhere]">{completion.text}</p>
                <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-13">
                  <OriginChip modelVersion={completion.modelVersion} source={completion.source} />
                  {completion.tokens !== null && <Quantity value={completion.tokens} unit="tokens" />}
                  {completion.finished === false && <Badge>cut off</Badge>}
                  <RelativeTime time={completion.createdAt} className="ml-auto text-ink-3" />
                </div>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  )
}
