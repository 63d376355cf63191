import type { Metadata } from 'next'
import { readWorkspace } from '#lib/workspace/read-workspace.ts'
import { requireActor } from '../../ui/actor.ts'
import { RankScreen } from '../rank/rank-screen.tsx'

export const metadata: Metadata = { title: 'Adjudicate' }

export default async function AdjudicatePage({
  searchParams,
}: {
  searchParams: Promise<{ batch?: string }>
}) {
  const { batch } = await searchParams
  const path = batch ? `/adjudicate?batch=${encodeURIComponent(batch)}` : '/adjudicate'
  const actor = await requireActor({ path })
  const { guidelines } = await readWorkspace(actor)
  return (
    <RankScreen
      annotatorId={actor.userId}
      batch={batch}
      guidelines={guidelines}
      home="/adjudication"
      source={{
        claim: '/api/adjudications/claim',
        undo: '/api/adjudications/undo',
        adjudicating: true,
      }}
    />
  )
}
