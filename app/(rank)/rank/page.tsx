import type { Metadata } from 'next'
import { readWorkspace } from '#lib/workspace/read-workspace.ts'
import { requireActor } from '../../ui/actor.ts'
import { RankScreen } from './rank-screen.tsx'

export const metadata: Metadata = { title: 'Rank' }

/** `batch` keeps to one batch, by id or name; `item` begins with an assignment answered before. */
export default async function RankPage({
  searchParams,
}: {
  searchParams: Promise<{ batch?: string; item?: string }>
}) {
  const { batch, item } = await searchParams
  const query = new URLSearchParams({ ...(batch && { batch }), ...(item && { item }) })
  const actor = await requireActor({ annotators: true, path: query.size > 0 ? `/rank?${query}` : '/rank' })
  const { guidelines } = await readWorkspace(actor)
  return (
    <RankScreen
      key={batch}
      annotatorId={actor.userId}
      batch={batch}
      reopen={item}
      guidelines={guidelines}
      home={actor.role === 'ANNOTATOR' ? '/rankings' : '/'}
    />
  )
}
