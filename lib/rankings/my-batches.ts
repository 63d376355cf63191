import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Progress, progressByBatch } from './progress.ts'

export const myBatchesInput = z.strictObject({})

export interface MyBatch extends Progress {
  id: string
  name: string
}

/** The batches that have something for this annotator or in which they ranked, oldest first. */
export async function myBatches(actor: Actor): Promise<{ items: MyBatch[] }> {
  authorise(actor, 'queue.batches')
  const items = await progressByBatch(actor, null)
  return {
    items: items.flatMap(({ batchId, name, ...progress }) => {
      const concerns = progress.mine > 0 || progress.remainingForMe > 0
      return batchId !== null && name !== null && concerns ? [{ id: batchId, name, ...progress }] : []
    }),
  }
}
