import { parseInput } from '#app/api/handle.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { listAnnotators } from '#lib/members/list-annotators.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { load } from '../../ui/load.ts'
import { MakeDialog } from './make-dialog.tsx'

/** The button that makes comparisons, with what its dialog offers to choose from. */
export async function MakeAction({ actor, batches }: { actor: Actor; batches: number }) {
  const models = (kind: 'POLICY' | 'REWARD') =>
    load(() => listModels(actor, parseInput(listModelsInput, { kind, limit: '100' })))
  const [policies, rewards, people] = await Promise.all([
    models('POLICY'),
    models('REWARD'),
    load(() => listAnnotators(actor)),
  ])
  return (
    <MakeDialog
      policies={policies.data?.items ?? []}
      rewards={rewards.data?.items ?? []}
      people={people.data?.items ?? []}
      round={batches + 1}
    />
  )
}
