import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { type AssignmentView, viewAssignments } from '../rankings/assignment-view.ts'
import { lockAnnotator } from '../rankings/claim.ts'
import { freeExpired, newLease, utcNow } from '../rankings/lease.ts'
import { reopenAssignment } from '../rankings/reopen.ts'
import { batchIdOf, batchInput, inScope } from '../rankings/scope.ts'
import { type Opinion, opinionsOf } from './opinions.ts'
import { type AdjudicationProgress, adjudicationProgress, waitingFor } from './waiting.ts'

export const claimAdjudicationInput = z.strictObject({
  /** The ranked comparison to decide now; the worst disagreement when absent. One that the actor has decided is reopened. */
  comparisonId: z.string().min(1).max(100).optional(),
  batch: batchInput,
  /** How many to hold at once: the rest is fetched ahead. */
  hold: z.number().int().min(1).max(3).default(1),
  /** Whether to answer with the progress too. */
  progress: z.boolean().default(true),
})

interface AdjudicationView extends AssignmentView {
  opinions: Opinion[]
}

export interface Adjudications {
  assignment: AdjudicationView | null
  upcoming: AdjudicationView[]
  progress?: AdjudicationProgress
}

/**
 * What this researcher decides next, leased to them like any comparison. A comparison is with one researcher at a time; a lease
 * that ran out may be taken by another.
 * @throws WhetstoneError NOT_FOUND; CONFLICT when the comparison asked for is somebody else's or has no ranking yet
 */
export async function claimAdjudication(
  actor: Actor,
  input: z.output<typeof claimAdjudicationInput>,
): Promise<Adjudications> {
  authorise(actor, 'adjudication.claim')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  await freeExpired(db, actor.workspaceId)
  if (input.comparisonId) await takeAsked(actor, input.comparisonId)
  let held = await renewHeld(db, actor, batchId)
  const enough = held.length >= input.hold && !input.progress
  const waiting = enough ? [] : await waitingFor(db, actor, batchId)
  for (const candidate of waiting) {
    if (held.length >= input.hold) break
    if (candidate.holder !== 'nobody') continue
    candidate.holder = (await takeNext(actor, candidate.id, batchId, input.hold)) ? 'mine' : 'theirs'
    if (candidate.holder === 'mine') held = await renewHeld(db, actor, batchId)
  }
  const opinions = await opinionsOf(
    db,
    held.map(({ comparisonId }) => comparisonId),
  )
  const ids = held.map(({ id }) => id)
  const views = (await viewAssignments(db, ids)).map((view) => ({
    ...view,
    opinions: opinions.get(view.comparisonId)!,
  }))
  const [assignment = null, ...upcoming] = views
  return {
    assignment,
    upcoming,
    ...(input.progress && { progress: await adjudicationProgress(db, actor, batchId, waiting) }),
  }
}

interface Held {
  id: string
  comparisonId: string
}

/** What the actor holds, with a new lease; locked in the order in which everything else locks, so that no two wait for each other. */
async function renewHeld(tx: Database, actor: Actor, batchId: string | null): Promise<Held[]> {
  return tx.$queryRaw<Held[]>`
    with held as (
      select a.id from "Assignment" a join "Comparison" c on c.id = a."comparisonId"
      where ${inScope(actor.workspaceId, batchId)} and c.kind = 'ADJUDICATION'
        and a."annotatorId" = ${actor.userId} and a.status = 'CLAIMED' and a."leaseUntil" > ${utcNow}
      order by c.id collate "C" for update of a
    )
    update "Assignment" a set "leaseUntil" = ${newLease} from held where a.id = held.id
    returning a.id, a."comparisonId"`
}

/** One comparison a transaction: nobody waits for a second lock while holding a first. */
async function takeNext(
  actor: Actor,
  originalId: string,
  batchId: string | null,
  hold: number,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    await lockAnnotator(tx, actor)
    if ((await renewHeld(tx, actor, batchId)).length >= hold) return true
    const copy = await lockedCopy(tx, actor, originalId)
    if (!copy || copy.taken > 0 || copy.mine === 'SKIPPED') return false
    await lease(tx, actor, copy.id, originalId)
    return true
  })
}

async function takeAsked(actor: Actor, originalId: string): Promise<void> {
  const { workspaceId } = actor
  const original = await db.comparison.findFirst({
    where: { id: originalId, workspaceId },
    select: { kind: true, submitted: true },
  })
  if (!original) throw notFound('comparison', originalId)
  if (original.kind !== 'LABEL' || original.submitted === 0) {
    throw new WhetstoneError(
      'CONFLICT',
      original.kind === 'LABEL'
        ? 'Nobody has ranked this comparison yet, so there is nothing to decide.'
        : `This comparison is of kind ${original.kind}; only rankings of people's own comparisons are decided.`,
      'Choose one that annotators have ranked.',
    )
  }
  await db.$transaction(async (tx) => {
    await lockAnnotator(tx, actor)
    const own = await tx.assignment.findFirst({
      where: {
        annotatorId: actor.userId,
        status: 'SUBMITTED',
        comparison: { originalId, kind: 'ADJUDICATION' },
      },
      select: { id: true },
    })
    if (own) return reopenAssignment(tx, actor, own.id)
    const copy = await lockedCopy(tx, actor, originalId)
    if (!copy) throw notFound('comparison', originalId)
    if (copy.taken > 0 && copy.mine !== 'CLAIMED') {
      const holder = await tx.assignment.findFirst({
        where: { comparisonId: copy.id, status: { in: ['CLAIMED', 'SUBMITTED'] } },
        select: { status: true, annotator: { select: { name: true } } },
      })
      throw new WhetstoneError(
        'CONFLICT',
        `${holder?.annotator.name ?? 'Somebody else'} ${holder?.status === 'SUBMITTED' ? 'has decided' : 'is deciding'} this comparison.`,
        'Take another one, or speak with them.',
      )
    }
    await lease(tx, actor, copy.id, originalId)
    // Asked for, so it comes before anything else that is held.
    await tx.$executeRaw`
      update "Assignment" a set "claimedAt" = least(a."claimedAt", (
        select min(other."claimedAt") - interval '1 millisecond'
        from "Assignment" other join "Comparison" c on c.id = other."comparisonId"
        where other."annotatorId" = ${actor.userId} and other.status = 'CLAIMED' and other.id <> a.id
          and c.kind = 'ADJUDICATION'))
      where a."comparisonId" = ${copy.id} and a."annotatorId" = ${actor.userId}`
  })
}

interface Copy {
  id: string
  taken: number
  /** The actor's own assignment of it. */
  mine: 'CLAIMED' | 'SUBMITTED' | 'SKIPPED' | 'RELEASED' | null
}

/** The comparison in which the original is decided, made if need be, and locked; null when the original is none to decide. */
async function lockedCopy(tx: Database, actor: Actor, originalId: string): Promise<Copy | null> {
  const copyId = randomUUID()
  const made = await tx.$executeRaw`
    insert into "Comparison" (id, "workspaceId", "promptId", "batchId", kind, overlap, "originalId", "createdAt")
    select ${copyId}, c."workspaceId", c."promptId", c."batchId", 'ADJUDICATION', 1, c.id, ${utcNow}
    from "Comparison" c
    where c.id = ${originalId} and c."workspaceId" = ${actor.workspaceId} and c.kind = 'LABEL'
    on conflict ("originalId") where kind = 'ADJUDICATION' do nothing`
  if (made > 0) {
    await tx.$executeRaw`
      insert into "ComparisonCompletion" ("comparisonId", "completionId", position)
      select ${copyId}, "completionId", position from "ComparisonCompletion" where "comparisonId" = ${originalId}`
  }
  const [copy] = await tx.$queryRaw<Copy[]>`
    select c.id, c.taken, (
      select a.status from "Assignment" a
      where a."comparisonId" = c.id and a."annotatorId" = ${actor.userId}) as mine
    from "Comparison" c
    where c."originalId" = ${originalId} and c.kind = 'ADJUDICATION' and c."workspaceId" = ${actor.workspaceId}
    for update of c`
  return copy ?? null
}

/** Leases the locked comparison to the actor: it has a free slot, or the slot is theirs already. */
async function lease(tx: Database, actor: Actor, copyId: string, originalId: string): Promise<void> {
  await tx.$executeRaw`
    insert into "Assignment" as had
      (id, "workspaceId", "comparisonId", "annotatorId", status, "shownOrder", "leaseUntil", "claimedAt")
    select ${randomUUID()}, ${actor.workspaceId}, ${copyId}, ${actor.userId}, 'CLAIMED',
      (select array_agg(cc."completionId" order by random())
        from "ComparisonCompletion" cc where cc."comparisonId" = ${copyId}),
      ${newLease}, ${utcNow}
    on conflict ("comparisonId", "annotatorId") do update
      set status = 'CLAIMED', "leaseUntil" = excluded."leaseUntil", "claimedAt" = excluded."claimedAt",
        "skipReason" = null,
        "finishedAt" = case when had.status = 'CLAIMED' then had."finishedAt" end`
  await tx.comparison.update({ where: { id: copyId }, data: { taken: 1, assigneeIds: [actor.userId] } })
  await audit(tx, actor, 'adjudication.claim', originalId)
}
