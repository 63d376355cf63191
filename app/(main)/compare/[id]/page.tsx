import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { showEvaluation, showEvaluationInput } from '#lib/evaluations/show-evaluation.ts'
import { requireActor } from '../../../ui/actor.ts'
import { load } from '../../../ui/load.ts'
import { PageFailure } from '../../../ui/page-failure.tsx'
import { PageHeader } from '../../../ui/page-header.tsx'
import { VersionChip } from '../../../ui/version-chip.tsx'
import type { EvaluationDetail } from '../types.ts'
import { MatchList } from './match-list.tsx'
import { Pending } from './pending.tsx'
import { Results } from './results.tsx'

export const metadata: Metadata = { title: 'Evaluation' }

export default async function EvaluationPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor()
  const { id } = await params
  const { data, failure } = await load(() => showEvaluation(actor, parseInput(showEvaluationInput, { id })))
  if (failure) return <PageFailure failure={failure} />
  const evaluation: EvaluationDetail = data
  const { versionA, versionB, reward, summary } = evaluation
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Compare', href: '/compare' }]}
        title={evaluation.name}
        facts={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-2">
            <span>
              <strong className="text-ink">A</strong>{' '}
              <VersionChip version={{ ...versionA, kind: 'POLICY' }} />
            </span>
            <span>
              <strong className="text-ink">B</strong>{' '}
              <VersionChip version={{ ...versionB, kind: 'POLICY' }} />
            </span>
            {reward && (
              <span>
                judged by <VersionChip version={{ ...reward, kind: 'REWARD' }} />
              </span>
            )}
          </span>
        }
      />
      {!summary && <Pending run={evaluation.run} />}
      {summary && <Results summary={summary} />}
      {evaluation.matches.length > 0 && <MatchList matches={evaluation.matches} />}
    </>
  )
}
