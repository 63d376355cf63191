import { MessageSquare } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { listPrompts, listPromptsInput } from '#lib/prompts/list-prompts.ts'
import { requireActor } from '../../ui/actor.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { type ListPageProps, listPath, pick } from '../../ui/query.ts'
import { GenerateDialog } from './generate-dialog.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { PromptTable } from './prompt-table.tsx'

export const metadata: Metadata = { title: 'Prompts' }

const splits = [
  { value: 'TRAIN', label: 'Train' },
  { value: 'EVAL', label: 'Held out' },
]

export default async function Prompts({ searchParams }: ListPageProps) {
  const actor = await requireActor()
  const filters = pick(await searchParams, ['q', 'split', 'tag'])
  const { data, failure } = await load(() => listPrompts(actor, parseInput(listPromptsInput, filters)))
  const policies = await load(() => listModels(actor, parseInput(listModelsInput, { kind: 'POLICY' })))
  // The tags in sight; there is no list of all of them.
  const tags = [...new Set([filters.tag, ...(data?.items.flatMap((prompt) => prompt.tags) ?? [])])]
  const tagChoices = tags.filter((tag) => tag !== undefined).map((tag) => ({ value: tag, label: tag }))
  const filtered = Object.keys(filters).length > 0
  const nothingYet = data?.total === 0 && !filtered
  return (
    <>
      <PageHeader
        title="Prompts"
        actions={
          !nothingYet && (
            <>
              <GenerateDialog policies={policies.data?.items ?? []} tag={filters.tag} />
              <ImportDialog />
            </>
          )
        }
      />
      {nothingYet && (
        <EmptyState icon={<MessageSquare aria-hidden />} title="No prompts yet" action={<ImportDialog />}>
          Prompts are what the model is asked: customers’ messages, questions, tasks. Import a JSONL file,
          with answers if you have them; everything else in Whetstone starts from here.
        </EmptyState>
      )}
      {!nothingYet && (
        <>
          <FilterBar
            search="Search prompts"
            filters={[
              { name: 'split', label: 'Split', any: 'Any split', choices: splits },
              { name: 'tag', label: 'Tag', any: 'Any tag', choices: tagChoices },
            ]}
            total={data?.total}
            noun={['prompt', 'prompts']}
          />
          {failure && <ErrorNotice failure={failure} reload />}
          {data && <PromptTable first={data} path={listPath('/api/prompts', filters)} />}
        </>
      )}
    </>
  )
}
