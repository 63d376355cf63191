import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { showRun, showRunInput } from '#lib/runs/show-run.ts'
import { requireActor } from '../../../ui/actor.ts'
import { load } from '../../../ui/load.ts'
import { PageFailure } from '../../../ui/page-failure.tsx'
import type { RunDetail } from '../types.ts'
import { RunScreen } from './run-screen.tsx'

export const metadata: Metadata = { title: 'Run' }

export default async function RunPage({ params }: { params: Promise<{ id: string }> }) {
  const actor = await requireActor()
  const { id } = await params
  const { data, failure } = await load(() => showRun(actor, parseInput(showRunInput, { id })))
  if (failure) return <PageFailure failure={failure} />
  return <RunScreen run={data as RunDetail} />
}
