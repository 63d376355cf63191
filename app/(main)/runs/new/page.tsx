import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { listDatasets, listDatasetsInput } from '#lib/datasets/list-datasets.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { runForms } from '#lib/runs/forms.ts'
import type { LaunchKind } from '#lib/runs/run-kinds.ts'
import { showRun, showRunInput } from '#lib/runs/show-run.ts'
import { requireActor } from '../../../ui/actor.ts'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { load } from '../../../ui/load.ts'
import { PageHeader } from '../../../ui/page-header.tsx'
import { pick, type SearchParams } from '../../../ui/query.ts'
import type { FormSchema } from './form-fields.ts'
import { KindChoice, kindWords } from './kind-choice.tsx'
import { LaunchForm, type Start } from './launch-form.tsx'
import type { MaterialsChoices } from './materials.tsx'

export const metadata: Metadata = { title: 'New run' }

export default async function NewRun({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const actor = await requireActor()
  const { kind, from, ...inputs } = pick(await searchParams, [
    'kind',
    'from',
    'policyId',
    'rewardId',
    'datasetId',
  ])
  const crumbs = [{ label: 'Runs', href: '/runs' }]
  if (!isKind(kind))
    return (
      <>
        <PageHeader crumbs={crumbs} title="New run" lead="What should it do?" />
        <KindChoice />
      </>
    )
  const { data, failure } = await load(async () => ({
    schemas: (await runForms(actor)) as Record<LaunchKind, FormSchema>,
    choices: await choicesFor(actor),
    start: from ? await startFrom(actor, from) : { inputs },
  }))
  return (
    <>
      <PageHeader crumbs={crumbs} title={kindWords[kind].title} lead={kindWords[kind].lead} />
      {failure && <ErrorNotice failure={failure} reload />}
      {data && (
        <LaunchForm
          key={kind}
          kind={kind}
          schema={data.schemas[kind]}
          choices={data.choices}
          start={data.start}
        />
      )}
    </>
  )
}

function isKind(kind: string | undefined): kind is LaunchKind {
  return kind !== undefined && kind in kindWords
}

async function choicesFor(actor: Actor): Promise<MaterialsChoices> {
  const all = { limit: '100' }
  const [policies, rewards, datasets] = await Promise.all([
    listModels(actor, parseInput(listModelsInput, { ...all, kind: 'POLICY' })),
    listModels(actor, parseInput(listModelsInput, { ...all, kind: 'REWARD' })),
    listDatasets(actor, parseInput(listDatasetsInput, all)),
  ])
  const version = ({ id, name, version }: { id: string; name: string; version: number }) => ({
    value: id,
    label: `${name} v${version}`,
  })
  return {
    policies: policies.items.map(version),
    rewards: rewards.items.map(version),
    datasets: datasets.items.map(({ id, name, pairCount }) => ({
      value: id,
      label: name,
      description: `${pairCount} pairs`,
    })),
  }
}

/** A fork begins with all that the other run was launched with. */
async function startFrom(actor: Actor, id: string): Promise<Start> {
  const run = await showRun(actor, parseInput(showRunInput, { id }))
  return {
    name: `${run.name}, again`,
    config: run.config as Record<string, unknown>,
    seed: run.seed,
    inputs: {
      policyId: run.policy?.id,
      rewardId: run.reward?.id,
      datasetId: run.dataset?.id,
      split: run.promptFilter?.split,
      tag: run.promptFilter?.tag,
      limit: run.promptFilter?.limit?.toString(),
    },
  }
}
