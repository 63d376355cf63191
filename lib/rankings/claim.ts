import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { type AssignmentView, viewAssignments, viewOf } from './assignment-view.ts'
import { type Claimed, claimStatement } from './claim-statement.ts'
import { freeExpired } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'
import { takePlanned } from './take-planned.ts'

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
    db.$transaction(async (tx) => {
      await lockAnnotator(tx, actor)
      const ask = async (wait: boolean) => {
        const statement = claimStatement(actor, { batchId, hold, wait, evenExpired })
        return (await tx.$queryRaw<[Claimed]>(statement))[0]
      }
      for (;;) {
        let claimed = await ask(false)
        const nothing = ({ items, expired, mixed, overtaken }: Claimed) =>
          items.length === 0 && !expired && !mixed && !overtaken
        // Near the end of a batch the only rows left may be busy for a moment, yet have slots: "nothing left" must be true.
        if (nothing(claimed)) claimed = await ask(true)
        // A renewal or a late answer of their own revived that very assignment: the next round sees it.
        if (claimed.items.length > 0 || !claimed.overtaken) return claimed
      }
    })
  let claimed = await take(false)
  if (claimed.expired && claimed.items.length < hold) {
    await freeExpired(db, actor.workspaceId)
    claimed = await take(true)
  }
  const items = claimed.items.map(viewOf)
  while (claimed.mixed && items.length < hold) {
    const taken = await db.$transaction(async (tx) => {
      await lockAnnotator(tx, actor)
      return takePlanned(tx, actor, batchId, hold)
    })
    // Nothing is left, or another tab was faster: then what it took is held here too.
    if (taken === null) return (await take(true)).items.map(viewOf)
    items.push(...(await viewAssignments(db, [taken])))
  }
  return items
}
