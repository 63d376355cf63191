import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { type StoredOpinion, withoutEdit } from './assignment-view.ts'
import { refuseIdleEdit, storeEdit } from './edit.ts'
import { authoriseFor, clockNow, type LockedAssignment, lockAssignment } from './lease.ts'
import { type Progress, progressOf } from './progress.ts'
import { batchIdOf, batchInput } from './scope.ts'
import { transact } from './transact.ts'

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
  /** The annotator improved `completionId` into `text`, which is then the best of all; never among the groups. */
  edit: z.strictObject({ completionId: id, text: z.string().trim().min(1).max(20_000) }).nullish(),
  millisecondsSpent: z
    .number()
    .int()
    .min(0)
    .max(24 * 3_600_000),
  idempotencyKey: z.string().min(8).max(100),
  /** Whose progress to answer with; the whole workspace when absent. */
  batch: batchInput,
  /** Whether to answer with the progress too; true when absent. */
  progress: z.boolean().optional(),
})

type Submission = z.output<typeof submitInput>

interface Stored extends StoredOpinion {
  id: string
  assignmentId: string
}

/**
 * Stores a ranking. The same answer with the same idempotency key again returns the same ranking. A submission after the
 * lease ran out counts while the slot is free.
 * @throws WhetstoneError LEASE_LOST when others took the slot, CONFLICT when it was answered before or the key came with
 * another answer, INVALID_INPUT when the groups, flags or edit do not fit the comparison.
 */
export async function submit(
  actor: Actor,
  input: Submission,
): Promise<{ ranking: { id: string }; progress?: Progress }> {
  authorise(actor, 'ranking.submit')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const ranking = (await storeFirst(actor, input)) ?? (await storeAny(actor, input))
  return {
    ranking: { id: ranking.id },
    ...(input.progress !== false && { progress: await progressOf(actor, batchId) }),
  }
}

/**
 * What almost every submission is, in one statement: the first ranking of something held, without an edit. Undefined, with
 * nothing done, when it is anything else or wrong.
 */
async function storeFirst(actor: Actor, input: Submission): Promise<{ id: string } | undefined> {
  const ranked = input.groups.flat()
  if (input.edit || new Set(ranked).size < ranked.length || (ranked.length === 0 && !input.allBad)) return
  const flagged = input.flags.map(({ target }) => target).filter((target) => target !== 'prompt')
  // Held and never ended, so there is no ranking before it. Both rows are as they are after a wait for them.
  const [stored] = await db.$queryRaw<{ id: string }[]>`
    with locked as (
      select a.id, a."comparisonId" from "Comparison" c join "Assignment" a on a."comparisonId" = c.id
      where a.id = ${input.assignmentId} and a."annotatorId" = ${actor.userId} and a."workspaceId" = ${actor.workspaceId}
        and a.status = 'CLAIMED' and a."finishedAt" is null and c.kind <> 'ADJUDICATION'
        and a."shownOrder" @> ${[...ranked, ...flagged]}::text[]
        and (${!input.strength} or cardinality(a."shownOrder") = 2)
      for update of c, a
    ), stored as (
      insert into "Ranking" (id, "workspaceId", "comparisonId", "assignmentId", "annotatorId", groups, "allBad", strength,
        flags, comment, "millisecondsSpent", "idempotencyKey", "createdAt")
      select gen_random_uuid()::text, ${actor.workspaceId}, locked."comparisonId", locked.id, ${actor.userId},
        ${JSON.stringify(input.groups)}::jsonb, ${input.allBad}, ${input.strength ?? null}::int,
        ${JSON.stringify(input.flags)}::jsonb, ${input.comment || null}, ${input.millisecondsSpent}::int,
        ${input.idempotencyKey}, ${clockNow}
      from locked
      on conflict ("idempotencyKey") do nothing
      returning id, "assignmentId", "comparisonId", "createdAt"
    ), ended as (
      update "Assignment" a set status = 'SUBMITTED', "finishedAt" = stored."createdAt", "skipReason" = null
      from stored where a.id = stored."assignmentId"
    ), counted as (
      update "Comparison" c set submitted = c.submitted + 1 from stored where c.id = stored."comparisonId"
    )
    select id from stored`
  return stored
}

function storeAny(actor: Actor, input: Submission): Promise<{ id: string }> {
  return transact(async (tx) => {
    const assignment = await lockAssignment(tx, actor, input.assignmentId)
    authoriseFor(actor, assignment)
    const open = assignment.status === 'CLAIMED' || (assignment.status === 'RELEASED' && assignment.slotFree)
    // What is already stored is looked for first where the answer may have come before, else only when the key is taken.
    const before = open ? undefined : await sameAs(tx, assignment, input)
    if (before) return before
    refuseMisfit(assignment, input)
    if (input.edit) await refuseIdleEdit(tx, assignment, input.edit)
    if (!open) refuseUnavailable(assignment)
    const stored = await store(tx, actor, assignment, input)
    const found = stored ?? (await sameAs(tx, assignment, input))
    if (!found) throw notFound('ranking with the key', input.idempotencyKey)
    return found
  })
}

/** The ranking that has this key already. @throws WhetstoneError CONFLICT when it is another answer. */
async function sameAs(
  tx: Database,
  assignment: LockedAssignment,
  input: Submission,
): Promise<{ id: string } | undefined> {
  const [same] = await tx.$queryRaw<Stored[]>`
    select r.id, r."assignmentId", r.groups, r."allBad", r.strength, r.flags, r.comment, r."editId",
      e.text as "editText", e."editedFromId"
    from "Ranking" r left join "Completion" e on e.id = r."editId"
    where r."idempotencyKey" = ${input.idempotencyKey}`
  if (!same) return undefined
  if (same.assignmentId !== assignment.id) {
    throw new WhetstoneError(
      'CONFLICT',
      `The idempotency key '${input.idempotencyKey}' belongs to another ranking.`,
      'Use a new key for each ranking.',
    )
  }
  const stored = opinionOf({ ...same, groups: withoutEdit(same), edit: same.editText })
  const sent = opinionOf({ ...input, groups: rankedGroups(input), edit: input.edit?.text ?? null })
  if (isDeepStrictEqual(stored, sent)) return same
  throw new WhetstoneError(
    'CONFLICT',
    'A ranking of this comparison is already stored, and it differs from this one.',
    'Reopen it with Undo to change it.',
  )
}

/** As submitted, or as stored. */
interface Opinion {
  groups: unknown
  allBad: boolean
  strength?: number | null
  flags: unknown
  comment?: string | null
  edit: string | null
}

/** What two submissions must share to be one. */
function opinionOf({ groups, allBad, strength, flags, comment, edit }: Opinion): Opinion {
  return { groups, allBad, strength: strength ?? null, flags, comment: comment || null, edit }
}

/** With an edit alone, what was edited comes second. */
function rankedGroups({ groups, edit }: Submission): string[][] {
  return edit && groups.length === 0 ? [[edit.completionId]] : groups
}

function refuseMisfit({ shownOrder }: LockedAssignment, input: Submission): void {
  const known = new Set(shownOrder)
  const ranked = input.groups.flat()
  const unknown = ranked.filter((completion) => !known.has(completion))
  const repeated = ranked.filter((completion, index) => ranked.indexOf(completion) !== index)
  const misdirected = input.flags.filter(({ target }) => target !== 'prompt' && !known.has(target))
  const wrong = [
    unknown.length > 0 && `groups: ${quote(unknown)} do not belong to this comparison`,
    repeated.length > 0 && `groups: ${quote(repeated)} occur more than once`,
    ranked.length === 0 && !input.allBad && !input.edit && 'groups: nothing is ranked, and allBad is false',
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

function refuseUnavailable({ status }: LockedAssignment): never {
  if (status === 'RELEASED') {
    throw new WhetstoneError(
      'LEASE_LOST',
      'Your time on this comparison ran out and others have taken it.',
      'Your answer was not needed here. Take the next one.',
    )
  }
  const done = status === 'SUBMITTED' ? 'ranked' : 'skipped'
  throw new WhetstoneError(
    'CONFLICT',
    `You have already ${done} this comparison.`,
    done === 'ranked' ? 'Reopen it with undo to change it.' : 'Reopen it from your rankings to rank it.',
  )
}

/** The new ranking, or undefined when another one has its idempotency key. */
async function store(
  tx: Database,
  actor: Actor,
  assignment: LockedAssignment,
  input: Submission,
): Promise<{ id: string } | undefined> {
  const editId = input.edit ? await storeEdit(tx, actor, assignment, input.edit) : null
  const groups = editId === null ? input.groups : [[editId], ...rankedGroups(input)]
  const [stored] = await tx.$queryRaw<{ id: string }[]>`
    with current as (
      select r.id from "Ranking" r
      where r."assignmentId" = ${assignment.id} and not exists (
        select from "Ranking" s where s."supersedesId" = r.id)
    ), stored as (
      insert into "Ranking" (id, "workspaceId", "comparisonId", "assignmentId", "annotatorId", groups, "allBad", strength,
        flags, comment, "editId", "millisecondsSpent", "idempotencyKey", "supersedesId", "createdAt")
      values (gen_random_uuid()::text, ${actor.workspaceId}, ${assignment.comparisonId}, ${assignment.id}, ${actor.userId},
        ${JSON.stringify(groups)}::jsonb, ${input.allBad}, ${input.strength ?? null}, ${JSON.stringify(input.flags)}::jsonb,
        ${input.comment || null}, ${editId}, ${input.millisecondsSpent}, ${input.idempotencyKey},
        (select id from current), ${clockNow})
      on conflict ("idempotencyKey") do nothing
      returning id, "createdAt", "supersedesId"
    ), ended as (
      update "Assignment" a set status = 'SUBMITTED', "finishedAt" = stored."createdAt", "skipReason" = null
      from stored where a.id = ${assignment.id}
    ), counted as (
      update "Comparison" c set taken = c.taken + ${assignment.status === 'RELEASED' ? 1 : 0}::int,
        submitted = c.submitted + (stored."supersedesId" is null)::int
      from stored where c.id = ${assignment.comparisonId}
    )
    select id from stored`
  return stored
}
