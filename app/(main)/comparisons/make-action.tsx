import { parseInput } from '#app/api/handle.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { listModels, listModelsInput } from '#lib/models/list-models.ts'
import { load } from '../../ui/load.ts'
import { MakeDialog } from './make-dialog.tsx'

/** The button that makes comparisons, with what its dialog offers to choose from. */
export async function MakeAction({ actor, batches }: { actor: Actor; batches: number }) {
  const policies = await load(() => listModels(actor, parseInput(listModelsInput, { kind: 'POLICY' })))
  return <MakeDialog policies={policies.data?.items ?? []} round={batches + 1} />
}
