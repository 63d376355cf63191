import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { type AssignmentView, viewAssignments, viewOf } from './assignment-view.ts'
import { type Claimed, claimStatement } from './claim-statement.ts'
import { freeExpired } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput, openTo, served } from './scope.ts'
import { takePlanned } from './take-planned.ts'
import { transact } from './transact.ts'

export const claimInput = z.strictObject({
  batch: batchInput,
  /** How many to hold at once, the one on screen included. */
  hold: z.number().int().min(1).max(3).optional(),
  /** Whether to answer with the progress too; true when absent. */
  progress: z.boolean().optional(),
})

export interface Held {
  assignment: AssignmentView | null
  /** What the annotator holds besides, in the order in which it will come. */
  upcoming: AssignmentView[]
  progress?: Progress
}

export interface Reopened extends Held {
  assignment: AssignmentView
}

/**
 * The comparisons this annotator ranks next, leased to them for five minutes: those they hold (after a reload, or in another
 * tab), a reopened one first, and then the first open ones they have not had, by priority and then age, with the gold and
 * repeated items that are due. Null when there is none.
 */
export async function claim(actor: Actor, input: z.output<typeof claimInput>): Promise<Held> {
  authorise(actor, 'queue.claim')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const items = await fill(actor, batchId, input.hold ?? 1)
  return {
    assignment: items[0] ?? null,
    upcoming: items.slice(1),
    ...(input.progress !== false && {
      progress: await progressOf(actor, batchId, { exact: items.length === 0 }),
    }),
  }
}

/** Two tabs of one person must not each take a comparison. */
export async function lockAnnotator(tx: Database, actor: Actor): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`claim ${actor.userId}`}, 0))`
}

async function fill(actor: Actor, batchId: string | null, hold: number): Promise<AssignmentView[]> {
  const take = (evenExpired: boolean) =>
    transact(async (tx) => {
      await lockAnnotator(tx, actor)
      const [claimed] = await tx.$queryRaw<[Claimed]>(claimStatement(actor, { batchId, hold, evenExpired }))
      return claimed
    })
  /** Near the end of a batch all that is left may be busy for a moment, yet have slots: "nothing left" must be true. */
  const takeSurely = async (evenExpired: boolean) => {
    for (;;) {
      const claimed = await take(evenExpired)
      const { items, expired, mixed, overtaken } = claimed
      if (items.length > 0 || expired || mixed) return claimed
      // A renewal or a late answer of their own revived what was chosen: the next round sees it.
      if (!overtaken && !(await waitForOpen(actor, batchId))) return claimed
    }
  }
  let claimed = await takeSurely(false)
  if (claimed.expired && claimed.items.length < hold) {
    await transact((tx) => freeExpired(tx, actor.workspaceId))
    claimed = await takeSurely(true)
  }
  const items = claimed.items.map(viewOf)
  while (claimed.mixed && items.length < hold) {
    const taken = await transact(async (tx) => {
      await lockAnnotator(tx, actor)
      return takePlanned(tx, actor, batchId, hold)
    })
    if (taken === 'busy') {
      if (items.length > 0) return items
      await waitForOpen(actor, batchId)
      continue
    }
    // Nothing is left, or another tab was faster: then what it took is held here too.
    if (taken === null) return (await take(true)).items.map(viewOf)
    items.push(...(await viewAssignments(db, [taken])))
  }
  return items
}

/**
 * Waits until nobody is busy with the first comparison open to the annotator; false when none is. In a statement of its own:
 * whoever waits for a comparison holds none.
 */
async function waitForOpen(actor: Actor, batchId: string | null): Promise<boolean> {
  const [busy] = await db.$queryRaw<{ id: string }[]>`
    select c.id from "Comparison" c where ${openTo(actor, batchId)} order by ${served} limit 1`
  if (!busy) return false
  await db.$executeRaw`select from "Comparison" where id = ${busy.id} for update`
  return true
}
