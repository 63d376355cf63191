import type { Metadata } from 'next'
import { readWorkspace } from '#lib/workspace/read-workspace.ts'
import { requireActor } from '../../ui/actor.ts'
import { RankScreen } from './rank-screen.tsx'

export const metadata: Metadata = { title: 'Rank' }

export default async function RankPage({ searchParams }: { searchParams: Promise<{ batch?: string }> }) {
  const actor = await requireActor({ annotators: true })
  const { batch } = await searchParams
  const { guidelines } = await readWorkspace(actor)
  return (
    <RankScreen batch={batch} guidelines={guidelines} home={actor.role === 'ANNOTATOR' ? '/rankings' : '/'} />
  )
}
