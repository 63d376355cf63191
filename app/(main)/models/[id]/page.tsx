import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { showModel, showModelInput } from '#lib/models/show-model.ts'
import { requireActor } from '../../../ui/actor.ts'
import { Badge } from '../../../ui/badge.tsx'
import { load } from '../../../ui/load.ts'
import { PageFailure } from '../../../ui/page-failure.tsx'
import { PageHeader } from '../../../ui/page-header.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { Section } from '../../../ui/section.tsx'
import type { ModelDetail } from '../types.ts'
import { Lineage } from './lineage.tsx'
import { ModelActions } from './model-actions.tsx'
import { BesideIt, CardFacts, Evaluations, Summary } from './model-card.tsx'
import { HeldOutReport } from './reward-report.tsx'

export const metadata: Metadata = { title: 'Model version' }

export default async function ModelPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor()
  const { id } = await params
  const { data, failure } = await load(() => showModel(actor, parseInput(showModelInput, { id })))
  if (failure) return <PageFailure failure={failure} />
  const model: ModelDetail = data
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Models', href: '/models' }]}
        title={
          <>
            {model.name} <span className="font-mono text-16 font-normal text-ink-3">v{model.version}</span>
          </>
        }
        facts={
          <>
            <Badge tone={model.kind === 'REWARD' ? 'reward' : 'policy'}>
              {model.kind === 'REWARD' ? 'Reward model' : 'Policy'}
            </Badge>
            <span className="text-13 text-ink-3">
              made <RelativeTime time={model.createdAt} />
            </span>
          </>
        }
        actions={<ModelActions model={model} />}
      />
      <CardFacts model={model} />
      {model.card.beside && (
        <Section title="Beside it">
          <BesideIt beside={model.card.beside} />
        </Section>
      )}
      {model.kind === 'REWARD' && <HeldOutReport report={model.report} annotators={model.annotators} />}
      <Section title="Lineage">
        <Lineage model={model} />
      </Section>
      {model.card.summary && (
        <Section title="Summary of its run">
          <Summary values={model.card.summary} />
        </Section>
      )}
      {model.kind === 'POLICY' && (
        <Section title="Evaluations">
          <Evaluations evaluations={model.evaluations} />
        </Section>
      )}
    </>
  )
}
