import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { type LockedAssignment, lockAssignment } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'

const id = z.string().min(1).max(100)

export const submitInput = z.strictObject({
  assignmentId: id,
  /** Best first; ids of one group are tied; ids left out are not ranked. */
  groups: z.array(z.array(id).min(1).max(9)).max(9),
  allBad: z.boolean().default(false),
  strength: z.number().int().min(1).max(4).nullish(),
  flags: z
    .array(z.strictObject({ target: id, flag: z.string().trim().min(1).max(60) }))
    .max(100)
    .default([]),
  comment: z.string().trim().max(5000).nullish(),
  millisecondsSpent: z
    .number()
    .int()
    .min(0)
    .max(24 * 3_600_000),
  idempotencyKey: z.string().min(8).max(100),
  /** Whose progress to answer with; the whole workspace when absent. */
  batch: batchInput,
})

type Submission = z.output<typeof submitInput>

/** As submitted, or as stored. */
interface Opinion {
  groups: unknown
  allBad: boolean
  strength?: number | null
  flags: unknown
  comment?: string | null
}

/**
 * Stores a ranking. The same answer with the same idempotency key again returns the same ranking. A submission after the lease ran out counts
 * while the slot is free.
 * @throws WhetstoneError LEASE_LOST when others took the slot, CONFLICT when it was answered before or the key
 * came with another answer, INVALID_INPUT when
 * the groups or flags do not fit the comparison.
 */
export async function submit(
  actor: Actor,
  input: Submission,
): Promise<{ ranking: { id: string }; progress: Progress }> {
  authorise(actor, 'ranking.submit')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const ranking = await db.$transaction(async (tx) => {
    const assignment = await lockAssignment(tx, actor, input.assignmentId)
    const same = await tx.ranking.findUnique({ where: { idempotencyKey: input.idempotencyKey } })
    if (same && same.assignmentId === assignment.id) {
      if (isDeepStrictEqual(opinionOf(same), opinionOf(input))) return same
      throw new WhetstoneError(
        'CONFLICT',
        'A ranking of this comparison is already stored, and it differs from this one.',
        'Reopen it with Undo to change it.',
      )
    }
    if (same) {
      throw new WhetstoneError(
        'CONFLICT',
        `The idempotency key '${input.idempotencyKey}' belongs to another ranking.`,
        'Use a new key for each ranking.',
      )
    }
    await refuseMisfit(tx, assignment, input)
    refuseUnavailable(assignment)
    return store(tx, actor, assignment, input)
  })
  return { ranking: { id: ranking.id }, progress: await progressOf(db, actor, batchId) }
}

/** What two submissions must share to be one. */
function opinionOf({ groups, allBad, strength, flags, comment }: Opinion): Opinion {
  return { groups, allBad, strength: strength ?? null, flags, comment: comment || null }
}

async function refuseMisfit(tx: Database, assignment: LockedAssignment, input: Submission): Promise<void> {
  const members = await tx.comparisonCompletion.findMany({
    where: { comparisonId: assignment.comparisonId },
    select: { completionId: true },
  })
  const known = new Set(members.map((member) => member.completionId))
  const ranked = input.groups.flat()
  const unknown = ranked.filter((completion) => !known.has(completion))
  const repeated = ranked.filter((completion, index) => ranked.indexOf(completion) !== index)
  const misdirected = input.flags.filter(({ target }) => target !== 'prompt' && !known.has(target))
  const wrong = [
    unknown.length > 0 && `groups: ${quote(unknown)} do not belong to this comparison`,
    repeated.length > 0 && `groups: ${quote(repeated)} occur more than once`,
    ranked.length === 0 && !input.allBad && 'groups: nothing is ranked, and allBad is false',
    input.strength &&
      known.size !== 2 &&
      `strength: only pairs have one, and this comparison has ${known.size}`,
    misdirected.length > 0 && `flags: ${quote(misdirected.map((flag) => flag.target))} are not targets here`,
  ].filter((line) => typeof line === 'string')
  if (wrong.length === 0) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    `${wrong.join('; ')}.`,
    `Rank each of these at most once: ${quote([...known])}.`,
  )
}

function quote(ids: string[]): string {
  return [...new Set(ids)].map((each) => `'${each}'`).join(', ')
}

function refuseUnavailable(assignment: LockedAssignment): void {
  if (assignment.status === 'SUBMITTED' || assignment.status === 'SKIPPED') {
    const done = assignment.status === 'SUBMITTED' ? 'ranked' : 'skipped'
    throw new WhetstoneError(
      'CONFLICT',
      `You have already ${done} this comparison.`,
      done === 'ranked' ? 'Reopen it with undo to change it.' : 'Take the next one.',
    )
  }
  if (assignment.status === 'RELEASED' && assignment.freeSlots === 0) {
    throw new WhetstoneError(
      'LEASE_LOST',
      'Your time on this comparison ran out and others have taken it.',
      'Your answer was not needed here. Take the next one.',
    )
  }
}

async function store(tx: Database, actor: Actor, assignment: LockedAssignment, input: Submission) {
  const current = await tx.ranking.findFirst({
    where: { assignmentId: assignment.id, supersededBy: null },
    select: { id: true },
  })
  const ranking = await tx.ranking.create({
    data: {
      workspaceId: actor.workspaceId,
      comparisonId: assignment.comparisonId,
      assignmentId: assignment.id,
      annotatorId: actor.userId,
      groups: input.groups,
      allBad: input.allBad,
      strength: input.strength ?? null,
      flags: input.flags,
      comment: input.comment || null,
      millisecondsSpent: input.millisecondsSpent,
      idempotencyKey: input.idempotencyKey,
      supersedesId: current?.id ?? null,
    },
  })
  await tx.assignment.update({
    where: { id: assignment.id },
    data: { status: 'SUBMITTED', finishedAt: ranking.createdAt },
  })
  await tx.comparison.update({
    where: { id: assignment.comparisonId },
    data: {
      taken: { increment: assignment.status === 'RELEASED' ? 1 : 0 },
      submitted: { increment: current ? 0 : 1 },
    },
  })
  return ranking
}
